"""The data sets of ad accounts as clients read them, and the links to their files."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from models.ads.ad_account import AdAccount
from models.datasets.dataset import DatasetPeriod
from resolvers.batching import answers_of, with_list_form
from resolvers.context import Info, signed_in
from services.datasets import files
from services.datasets.files import DatasetFile, shown_file

Period = Annotated[DatasetPeriod, strawberry.argument(description="Which days it has.")]


async def dataset_of_ad_account(root: strawberry.Parent[AdAccount], info: Info, period: Period) -> DatasetFile | None:
    [found] = await _datasets_of_ad_accounts([root], info, period)
    return found


async def _datasets_of_ad_accounts(
    root: Sequence[AdAccount], info: Info, period: DatasetPeriod
) -> list[DatasetFile | None]:
    loader, clock = info.context.loaders.datasets_by_account_and_period, info.context.tools.clock
    found = await answers_of([loader.load((account.id, period)) for account in root])
    return [None if each is None else shown_file(each, clock) for each in found]


async def url(root: strawberry.Parent[DatasetFile], info: Info) -> str | None:
    [found] = await _urls([root], info)
    return found


async def _urls(root: Sequence[DatasetFile], info: Info) -> list[str | None]:
    return await files.links(info.context.tools.files, signed_in(info), root)


with_list_form(dataset_of_ad_account, _datasets_of_ad_accounts)
with_list_form(url, _urls)
