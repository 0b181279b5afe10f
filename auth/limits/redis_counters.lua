-- One question of the rate limits. KEYS are the counts of its charges. ARGV[1] says what it is: "take" counts the charges,
-- "reserve" does so too and only reserves those of a leaky bucket, "settle" spends a part of the only charge, which had
-- reserved, and "look" changes nothing. Behind it are four values for each charge: "1" if its bucket is leaky, its limit, its
-- window in microseconds, its amount. With "settle" two more are how many points were spent, and the window of the clock in
-- which they were reserved.
--
-- A count is a list of pairs, the oldest first: the Unix time in microseconds at which an amount stops counting, and that
-- amount. The count of a leaky bucket is a text of five numbers instead, those of Level in levels.py.
--
-- The answer is a text of ten whole numbers. The first is the clock's time. The next four belong to the charge that must
-- wait longest, or to the first charge if none must wait: its index, its wait, how much of its limit remains, and when the
-- first part of its count ends. The last five are the level of the leaky bucket among the charges, with what is counted
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

local function tell_level(charge)
  local level = charge.level
  local held = level.spent + (level.reserved + level.reserved_before) * charge.parts
  charge.remaining = math.max(0, charge.limit - math.ceil(held / charge.parts))
  charge.reset_at = level.at + math.ceil(held / charge.limit) * 1000
  local excess = held - (charge.limit - charge.amount) * charge.parts
  if charge.amount > charge.limit then
    charge.wait = charge.window
  elseif excess > 0 then
    charge.wait = level.at + math.ceil(excess / charge.limit) * 1000 - now
  end
end

local function read_level(charge)
  local stored = redis.call('GET', charge.key) or '0 0 0 0 0'
  local spent, at, window, reserved, before = string.match(stored, '(%d+) (%d+) (%d+) (%d+) (%d+)')
  local passed = math.floor(math.max(0, now - at) / 1000)
  local level = { window = tonumber(window), reserved = tonumber(reserved), reserved_before = tonumber(before) }
  level.spent = math.max(0, math.min(tonumber(spent), charge.limit * charge.parts) - passed * charge.limit)
  level.at = level.spent > 0 and at + passed * 1000 or now
  local present = math.floor(now / charge.window)
  if present > level.window then
    level.reserved_before = present == level.window + 1 and level.reserved or 0
    level.reserved = 0
    level.window = present
  end
  charge.level = level
  tell_level(charge)
end

local function text_of(level)
  local numbers = '%.0f %.0f %.0f %.0f %.0f'
  return string.format(numbers, level.spent, level.at, level.window, level.reserved, level.reserved_before)
end

-- The first command of both is one that Redis refuses when it has no memory left: then none of the charges is counted.
local function store_level(charge)
  redis.call('SET', charge.key, text_of(charge.level), 'PX', 2 * math.ceil(charge.window / 1000))
end

local function store_hit(charge)
  redis.call('RPUSH', charge.key, string.format('%.0f', now + charge.window), charge.amount)
  redis.call('LTRIM', charge.key, charge.first - 1, -1)
  redis.call('PEXPIRE', charge.key, math.ceil(charge.window / 1000))
end

local function take_level(charge)
  if ARGV[1] == 'reserve' then
    charge.level.reserved = charge.level.reserved + charge.amount
  else
    charge.level.spent = charge.level.spent + charge.amount * charge.parts
  end
  store_level(charge)
end

local function settle(charge, points, window)
  local level = charge.level
  level.spent = level.spent + points * charge.parts
  if window == level.window then
    level.reserved = math.max(0, level.reserved - charge.amount)
  elseif window == level.window - 1 then
    level.reserved_before = math.max(0, level.reserved_before - charge.amount)
  end
  store_level(charge)
  charge.amount, charge.wait = 0, 0
  tell_level(charge)
end

local charges, told, leaky = {}, 1, nil
for index = 1, #KEYS do
  local charge = charge_of(index)
  charges[index] = charge
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
if (ARGV[1] == 'take' or ARGV[1] == 'reserve') and found.wait == 0 then
  for _, charge in ipairs(charges) do
    if charge.is_leaky then
      take_level(charge)
    else
      store_hit(charge)
    end
  end
elseif ARGV[1] == 'settle' then
  settle(found, tonumber(ARGV[6]), tonumber(ARGV[7]))
end
-- One text is read several times faster than ten numbers.
local level = leaky and text_of(leaky.level) or '-1 0 0 0 0'
return string.format('%.0f %d %.0f %.0f %.0f %s', now, told - 1, found.wait, found.remaining, found.reset_at, level)
