-- One question of the rate limits. KEYS are the counts of its charges. ARGV[1] is "take" if the charges are to be counted,
-- "back" if some of the only charge, which was taken, is to be given back, else "look". Behind it are four values for each
-- charge: "1" if its bucket is leaky, its limit, its window in microseconds, its amount. With "back" four more are how many
-- points to give back and the level of the bucket after the charge was taken.
--
-- A count is a list of pairs, the oldest first: the Unix time in microseconds at which an amount stops counting, and that
-- amount. The count of a leaky bucket is a text of three numbers instead, those of Level in levels.py.
--
-- The answer is a text of eight whole numbers. The first is the clock's time. The next four belong to the charge that must
-- wait longest, or to the first charge if none must wait: its index, its wait, how much of its limit remains, and when the
-- first part of its count ends. The last three are the level of the leaky bucket among the charges, with what is counted
-- now; the first of them is -1 if no bucket is leaky. If any charge must wait, none is counted.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function charge_of(index)
  local at = 2 + (index - 1) * 4
  return {
    key = KEYS[index],
    is_leaky = ARGV[at] == '1',
    limit = tonumber(ARGV[at + 1]),
    window = tonumber(ARGV[at + 2]),
    parts = tonumber(ARGV[at + 2]) / 1000,
    amount = tonumber(ARGV[at + 3]),
    wait = 0,
  }
end

local function read_hits(charge)
  charge.first, charge.counted = 1, 0
  local held = redis.call('LRANGE', charge.key, 0, -1)
  while held[charge.first] and tonumber(held[charge.first]) <= now do
    charge.first = charge.first + 2
  end
  charge.reset_at = held[charge.first] and tonumber(held[charge.first]) or now
  for place = charge.first + 1, #held, 2 do
    charge.counted = charge.counted + held[place]
  end
  charge.remaining = math.max(0, charge.limit - charge.counted)
  if charge.amount > charge.limit then
    charge.wait = charge.window
  else
    local excess, place = charge.counted + charge.amount - charge.limit, charge.first
    while excess > 0 do
      charge.wait = held[place] - now
      excess = excess - held[place + 1]
      place = place + 2
    end
  end
end

local function read_level(charge)
  local held, at, given = string.match(redis.call('GET', charge.key) or '0 0 0', '(%d+) (%d+) (%d+)')
  local passed = math.floor(math.max(0, now - at) / 1000)
  local level = { given = tonumber(given) }
  level.held = math.max(0, math.min(tonumber(held), charge.limit * charge.parts) - passed * charge.limit)
  level.at = level.held > 0 and at + passed * 1000 or now
  charge.level = level
  charge.remaining = math.max(0, charge.limit - math.ceil(level.held / charge.parts))
  charge.reset_at = level.at + math.ceil(level.held / charge.limit) * 1000
  local excess = level.held - (charge.limit - charge.amount) * charge.parts
  if charge.amount > charge.limit then
    charge.wait = charge.window
  elseif excess > 0 then
    charge.wait = level.at + math.ceil(excess / charge.limit) * 1000 - now
  end
end

local function text_of(level)
  return string.format('%.0f %.0f %.0f', level.held, level.at, level.given)
end

-- The first command of both is one that Redis refuses when it has no memory left: then none of the charges is counted.
local function store_level(charge)
  redis.call('SET', charge.key, text_of(charge.level), 'PX', math.ceil(charge.window / 1000))
end

local function store_hit(charge)
  redis.call('RPUSH', charge.key, string.format('%.0f', now + charge.window), charge.amount)
  redis.call('LTRIM', charge.key, charge.first - 1, -1)
  redis.call('PEXPIRE', charge.key, math.ceil(charge.window / 1000))
end

-- As Level.less in levels.py, which says why.
local function give_back(charge, points, taken)
  local level = charge.level
  local others = level.given - taken.given
  local below = math.max(0, taken.held - charge.taken * charge.parts - others)
  local drained_since = math.floor(math.max(0, level.at - taken.at) / 1000) * charge.limit
  local left = charge.taken * charge.parts - math.max(0, drained_since - below)
  local back = math.min(points * charge.parts, left, level.held)
  if others >= 0 and back > 0 then
    level.held = level.held - back
    level.given = level.given + back
    store_level(charge)
    read_level(charge)
  end
end

local charges, told, leaky = {}, 1, nil
for index = 1, #KEYS do
  local charge = charge_of(index)
  charges[index] = charge
  if ARGV[1] == 'back' then
    charge.taken, charge.amount = charge.amount, 0
  end
  if charge.is_leaky then
    leaky = charge
    read_level(charge)
  else
    read_hits(charge)
  end
  if charge.wait > charges[told].wait then
    told = index
  end
end
local found = charges[told]
if ARGV[1] == 'take' and found.wait == 0 then
  for _, charge in ipairs(charges) do
    if charge.is_leaky then
      charge.level.held = charge.level.held + charge.amount * charge.parts
      store_level(charge)
    else
      store_hit(charge)
    end
  end
elseif ARGV[1] == 'back' then
  local at = 2 + #KEYS * 4
  local taken = { held = tonumber(ARGV[at + 1]), at = tonumber(ARGV[at + 2]), given = tonumber(ARGV[at + 3]) }
  give_back(found, tonumber(ARGV[at]), taken)
end
-- One text is read several times faster than eight numbers.
local level = leaky and text_of(leaky.level) or '-1 0 0'
return string.format('%.0f %d %.0f %.0f %.0f %s', now, told - 1, found.wait, found.remaining, found.reset_at, level)
