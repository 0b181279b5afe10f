-- One question of the rate limits. KEYS are the counts of its charges. ARGV[1] is "1" if the charges are to be counted.
-- Behind it are four values for each charge: "1" if its window is fixed, its limit, its window in microseconds, its amount.
--
-- A count is a list of pairs, the oldest first: the Unix time in microseconds at which an amount stops counting, and that
-- amount. A moving window has a pair for each charge, a fixed one has a single pair.
--
-- The answer is a text of five whole numbers. The first is the clock's time. The others belong to the charge that must
-- wait longest, or to the first charge if none must wait: its index, its wait, how much of its limit remains, and when the
-- first part of its count ends. If any charge must wait, none is counted.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function read(index)
  local at = 2 + (index - 1) * 4
  local charge = {
    key = KEYS[index],
    is_fixed = ARGV[at] == '1',
    limit = tonumber(ARGV[at + 1]),
    window = tonumber(ARGV[at + 2]),
    amount = tonumber(ARGV[at + 3]),
    first = 1,
    counted = 0,
    wait = 0,
  }
  local held = redis.call('LRANGE', charge.key, 0, -1)
  while held[charge.first] and tonumber(held[charge.first]) <= now do
    charge.first = charge.first + 2
  end
  charge.is_held = held[charge.first] ~= nil
  charge.reset_at = charge.is_held and tonumber(held[charge.first]) or now
  for place = charge.first + 1, #held, 2 do
    charge.counted = charge.counted + held[place]
  end
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
  return charge
end

local function count(charge)
  if charge.is_fixed and charge.is_held then
    redis.call('LSET', charge.key, -1, charge.counted + charge.amount)
    return
  end
  -- The first command is one that Redis refuses when it has no memory left: then none of the charges is counted.
  redis.call('RPUSH', charge.key, string.format('%.0f', now + charge.window), charge.amount)
  redis.call('LTRIM', charge.key, charge.first - 1, -1)
  redis.call('PEXPIRE', charge.key, math.ceil(charge.window / 1000))
end

local charges, told = {}, 1
for index = 1, #KEYS do
  charges[index] = read(index)
  if charges[index].wait > charges[told].wait then
    told = index
  end
end
if ARGV[1] == '1' and charges[told].wait == 0 then
  for _, charge in ipairs(charges) do
    count(charge)
  end
end
local found = charges[told]
local remaining = math.max(0, found.limit - found.counted)
-- One text is read several times faster than five numbers.
return string.format('%.0f %d %.0f %.0f %.0f', now, told - 1, found.wait, remaining, found.reset_at)
