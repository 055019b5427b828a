-- Ask Keyfob about the request at hand: `http-request lua.keyfob`, for HAProxy 2.6 and newer.
--
-- KEYFOB_AUTH says where. KEYFOB_TOKEN_FILE has the gateway's own token; it is read once, before
-- HAProxy gives up its rights. The scopes that the request needs are taken from txn.keyfob_needs.
-- What Keyfob says is left in txn.keyfob_status: nothing when there is no answer.

local function first_line(file)
    local opened = assert(io.open(file, "r"))
    local line = opened:read("l")
    opened:close()
    return assert(line, file .. " is empty")
end

local url = assert(os.getenv("KEYFOB_AUTH"), "KEYFOB_AUTH is not set")
local token = first_line(assert(os.getenv("KEYFOB_TOKEN_FILE"), "KEYFOB_TOKEN_FILE is not set"))

local MILLISECONDS = 1000 -- for each of four tries: HAProxy asks again by itself
local CREDENTIALS = { "x-api-token", "x-user-token", "authorization" }
local IDENTITY = {
    "x-keyfob-account-id", "x-keyfob-account-name", "x-keyfob-account-type",
    "x-keyfob-main-account-id", "x-keyfob-token-id", "x-keyfob-scopes",
}

-- All that came under a name: Keyfob refuses two.
local function all_of(values)
    local all = {}
    for place = 0, #values do
        all[#all + 1] = values[place]
    end
    return all
end

local function question(txn)
    local came = txn.http:req_get_headers()
    local asked = {
        ["x-keyfob-gateway"] = { token },
        ["x-forwarded-method"] = { txn.sf:method() },
        ["x-forwarded-uri"] = { txn.sf:pathq() },
        ["x-real-ip"] = { txn.sf:src() },
        ["x-keyfob-scopes"] = { txn:get_var("txn.keyfob_needs") },
    }
    for _, name in ipairs(CREDENTIALS) do
        if came[name] then
            asked[name] = all_of(came[name])
        end
    end
    return asked
end

core.register_action("keyfob", { "http-req" }, function(txn)
    local answer = core.httpclient():get({ url = url, headers = question(txn), timeout = MILLISECONDS })
    if answer.status == 200 then
        for _, name in ipairs(IDENTITY) do
            txn.http:req_set_header(name, answer.headers[name][0])
        end
    end
    txn:set_var("txn.keyfob_status", answer.status)
end)
