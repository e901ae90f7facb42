namespace Caas.Tests.Access;

/// <summary>
/// Who may call what: every REST operation and every hub method has one row, and the row's <see cref="Rule"/> says what each of <see cref="Who"/> must get.
/// In braces: <c>user</c> is somebody whom the call is about, <c>self</c> whom it is about when that must be the caller, <c>key</c> and <c>tenant</c> fresh ones, <c>refresh</c> a fresh refresh token.
/// </summary>
internal static class AccessTable
{
    private static readonly string Later = TimeProvider.System.GetUtcNow().AddDays(1).ToString("O");

    public static readonly IReadOnlyList<Row> Rest =
    [
        new("Ping", Rule.AnyoneKnown),
        new("GetHealth", Rule.Anyone),
        new("GetAlive", Rule.Anyone),
        new("GetJwks", Rule.Anyone),
        new("RefreshToken", Rule.Anyone, """{"refreshToken":"{refresh}"}"""),

        new("Negotiate", Rule.UsersAlone),
        new("Logout", Rule.UsersAlone),

        new("RotateSigningKey", Rule.Admin),
        new("CreateTenant", Rule.Admin, """{"name":"A tenant"}"""),
        new("ListTenants", Rule.Admin),
        new("GetTenant", Rule.AdminOfTenant),
        new("UpdateTenant", Rule.AdminOfTenant, """{"name":"canary-acme, changed"}"""),
        new("DeleteTenant", Rule.AdminOfTenant),
        new("CreateTenantApiKey", Rule.AdminOfTenant, """{"name":"canary-acme"}"""),
        new("ListTenantApiKeys", Rule.AdminOfTenant),

        new("GetOwnTenant", Rule.Backend("tenant:read")),
        new("UpdateOwnTenant", Rule.Backend("tenant:write"), """{}"""),
        new("GetTenantSettings", Rule.Backend("tenant:read")),
        new("PutTenantSettings", Rule.Backend("tenant:write"), """{}"""),
        new("GetTenantUsage", Rule.Backend("tenant:read")),
        new("CreateTokenSecret", Rule.Backend("tenant:write")),
        new("DeleteTokenSecret", Rule.Backend("tenant:write")),
        new("GetTurnServers", Rule.Backend("tenant:read")),
        new("PutTurnServers", Rule.Backend("tenant:write"), """{"stunUrls":["stun:stun.example.com"]}"""),
        new("DeleteTurnServers", Rule.Backend("tenant:write")),

        new("CreateApiKey", Rule.Backend("keys:write"), """{"name":"k","scopes":["users:read"]}"""),
        new("ListApiKeys", Rule.Backend("keys:read")),
        new("RotateApiKey", Rule.BackendAtKey("keys:write")),
        new("RevokeApiKey", Rule.BackendAtKey("keys:write")),

        new("UpsertUser", Rule.Backend("users:write"), """{"name":"{name}"}"""),
        new("UpsertUsers", Rule.Backend("users:write"), """{"users":[{"id":"{user}","name":"{name}"}]}"""),
        new("DeleteUser", Rule.Backend("users:write", "user_not_found")),
        new("ReactivateUser", Rule.Backend("users:write", "user_not_found")),
        new("ExportUser", Rule.Backend("users:read", "user_not_found")),
        new("GetUser", Rule.Users("users:read", "user_not_found")),
        new("ListUsers", Rule.Users("users:read")),
        new("UpdateUser", Rule.Users("users:write", "user_not_found", Place.Self), """{"name":"{name}, changed"}"""),

        new("GetBlocklist", Rule.Backend("moderation:read")),
        new("PutBlocklist", Rule.Backend("moderation:write"), """{"words":["forbidden"]}"""),
        new("GetPrivacy", Rule.Users("users:read") with { NeedsUser = true }),
        new("PutPrivacy", Rule.Users("users:write") with { NeedsUser = true }, """{"typing":true}"""),

        new("GetNotificationPreferences", Rule.Users("users:read") with { NeedsUser = true }),
        new("PutNotificationPreferences", Rule.Users("users:write") with { NeedsUser = true }, """{"channels":{"push":false}}"""),

        new("GetDeliveryAccounts", Rule.Backend("tenant:read")),
        new("PutDeliveryAccount", Rule.Backend("tenant:write"), """{"webPush":{"subject":"mailto:push@example.com"}}"""),
        new("DeleteDeliveryAccount", Rule.Backend("tenant:write")),
        new("ListNotifications", Rule.Users("messages:read") with { NeedsUser = true }),
        new("ReadNotifications", Rule.Users("messages:write") with { NeedsUser = true }, """{"all":true}"""),
        new("PutDevice", Rule.Users("users:write") with { NeedsUser = true }, """{"platform":"fcm","token":"canary"}"""),
        new("ListDevices", Rule.Users("users:read") with { NeedsUser = true }),
        new("DeleteDevice", Rule.Users("users:write") with { NeedsUser = true }),
        new("GetVapidKey", Rule.Users("users:read")),

        new("ListBans", Rule.Backend("moderation:read")),
        new("BanUser", Rule.Backend("moderation:write", "user_not_found"), """{"reason":"spam"}"""),
        new("UnbanUser", Rule.Backend("moderation:write", "user_not_found")),

        new("FlagMessage", Rule.In(Place.Reader, "messages:write"), """{"reason":"rude"}"""),
        new("ListFlags", Rule.Backend("moderation:read")),
        new("GetFlag", Rule.Backend("moderation:read", "flag_not_found")),
        new("ResolveFlag", Rule.Backend("moderation:write", "flag_not_found"), """{"action":"dismiss"}"""),

        new("ListBlocks", Rule.Users("users:read") with { NeedsUser = true }),
        new("BlockUser", Rule.Users("users:write", "user_not_found") with { NeedsUser = true }),
        new("UnblockUser", Rule.Users("users:write") with { NeedsUser = true }),

        new("GetPresence", Rule.Users("users:read")) { Query = "?userIds=target" },
        new("PutPresence", Rule.Users("users:write") with { NeedsUser = true }, """{"status":"online"}"""),
        new("GetPresenceSummary", Rule.Backend("users:read")),

        new("CreateToken", Rule.Backend("tokens:write", "user_not_found"), "{}"),
        new("CreateTokens", Rule.Backend("tokens:write", "user_not_found"), """{"userIds":["{user}"]}"""),
        new("RevokeTokens", Rule.Users("tokens:write", "user_not_found", Place.SelfAlone), """{"userId":"{self}"}"""),

        new("CreateConversation", Rule.Users("conversations:write", "user_not_found"), """{"type":"group","memberIds":["{user}"]}"""),
        new("UpsertConversations", Rule.Backend("conversations:write"), """{"conversations":[{"type":"group","id":"batch-room"}]}"""),
        new("ListChannels", Rule.Users("conversations:read")),
        new("ListConversations", Rule.Users("conversations:read")),
        new("GetConversation", Rule.In(Place.Reader, "conversations:read")),
        new("UpdateConversation", Rule.In(Place.Moderator, "conversations:write"), """{"name":"changed"}"""),
        new("DeleteConversation", Rule.In(Place.Owner, "conversations:write")),
        new("UpdateOwnView", Rule.In(Place.Participant, "conversations:write", asUser: true), """{"muted":true}"""),
        new("ListMembers", Rule.In(Place.Reader, "conversations:read")),
        new("AddMembers", Rule.In(Place.Moderator, "conversations:write"), """{"userIds":["stranger"]}"""),
        new("UpdateMember", Rule.In(Place.Owner, "conversations:write"), """{"role":"moderator"}"""),
        new("RemoveMember", Rule.In(Place.Moderator, "conversations:write")),
        new("JoinConversation", Rule.In(Place.Joiner, "conversations:write", asUser: true)),
        new("LeaveConversation", Rule.In(Place.Leaver, "conversations:write", asUser: true)),

        new("CreateAttachment", Rule.Users("messages:write"), """{"name":"a.txt","type":"text/plain","size":5}"""),
        new("GetAttachment", Rule.In(Place.Reader, "messages:read") with { Hidden = "attachment_not_found" }),

        new("ImportMessages", Rule.Backend("messages:write", "conversation_not_found"), """{"messages":[{"clientMessageId":"old","createdAt":"{now}","text":"old"}]}"""),
        new("SendMessage", Rule.In(Place.Writer, "messages:write"), """{"text":"hello"}"""),
        new("ListMessages", Rule.In(Place.Reader, "messages:read")),
        new("GetMessage", Rule.In(Place.Reader, "messages:read")),
        new("EditMessage", Rule.In(Place.Sender, "messages:write"), """{"text":"changed"}"""),
        new("DeleteMessage", Rule.In(Place.SenderOrModerator, "messages:write")),
        new("GetMessageHistory", Rule.In(Place.SenderOrModerator, "messages:read")),
        new("ListReplies", Rule.In(Place.Reader, "messages:read")),
        new("AddReaction", Rule.In(Place.Writer, "messages:write", asUser: true)),
        new("RemoveReaction", Rule.In(Place.Writer, "messages:write", asUser: true)),
        new("PinMessage", Rule.In(Place.Moderator, "messages:write")),
        new("UnpinMessage", Rule.In(Place.Moderator, "messages:write")),
        new("ListPins", Rule.In(Place.Reader, "messages:read")),
        new("SearchMessages", Rule.Users("messages:read")) { Query = "?q=canary" },
        new("GetPoll", Rule.In(Place.Reader, "messages:read")),
        new("VotePoll", Rule.In(Place.Writer, "messages:write", asUser: true), """{"optionIds":["1"]}"""),
        new("WithdrawVote", Rule.In(Place.Writer, "messages:write", asUser: true)),
        new("ClosePoll", Rule.In(Place.SenderOrModerator, "messages:write")),
        new("ScheduleMessage", Rule.In(Place.Writer, "messages:write"), $$$"""{"sendAt":"{{{Later}}}","message":{"text":"later"}}"""),
        new("ListScheduledMessages", Rule.In(Place.Reader, "messages:read")),
        new("DeleteScheduledMessage", Rule.In(Place.OwnScheduled, "messages:write")),
        new("CreateReminder", Rule.Users("messages:write") with { NeedsUser = true }, $$$"""{"remindAt":"{{{Later}}}","text":"canary"}"""),
        new("ListReminders", Rule.Users("messages:read") with { NeedsUser = true }),
        new("DeleteReminder", Rule.Users("messages:write") with { NeedsUser = true }),
        new("ListAuditLog", Rule.Backend("audit:read")),
        new("ReadEvents", Rule.Backend("events:read")),
        new("GetBeforeSendHook", Rule.Backend("webhooks:read")),
        new("PutBeforeSendHook", Rule.Backend("webhooks:write"), """{"url":"https://hook.invalid/canary","timeoutMs":50}"""),
        new("RotateBeforeSendHookSecret", Rule.Backend("webhooks:write")),
        new("PingBeforeSendHook", Rule.Backend("webhooks:write")),
        new("DeleteBeforeSendHook", Rule.Backend("webhooks:write")),
        new("CreateWebhook", Rule.Backend("webhooks:write"), """{"url":"https://hook.invalid/canary"}"""),
        new("ListWebhooks", Rule.Backend("webhooks:read")),
        new("GetWebhook", Rule.BackendAtWebhook("webhooks:read")),
        new("UpdateWebhook", Rule.BackendAtWebhook("webhooks:write"), """{"events":["message.created"]}"""),
        new("DeleteWebhook", Rule.BackendAtWebhook("webhooks:write")),
        new("RotateWebhookSecret", Rule.BackendAtWebhook("webhooks:write")),
        new("PingWebhook", Rule.BackendAtWebhook("webhooks:write")),
        new("ListWebhookDeliveries", Rule.BackendAtWebhook("webhooks:read")),
        new("GetWebhookDelivery", Rule.BackendAtDelivery("webhooks:read")),
        new("RedeliverWebhookDelivery", Rule.BackendAtDelivery("webhooks:write")),
        new("ReadEntries", Rule.In(Place.Reader, "messages:read")),

        new("MarkReceipts", Rule.In(Place.Participant, "messages:write", asUser: true), """{"readSeq":2}"""),
        new("ListReceipts", Rule.In(Place.Reader, "messages:read", asUser: true)),
        new("ListMessageReceipts", Rule.In(Place.Reader, "messages:read", asUser: true)),
        new("GetUnread", Rule.Users("messages:read") with { NeedsUser = true }),

        new("GetIceServers", Rule.Users("conversations:read") with { NeedsUser = true }),
        new("ListCalls", Rule.Users("conversations:read")),
        new("GetCall", Rule.In(Place.Reader, "conversations:read") with { Hidden = "call_not_found" }),
        new("GetCallQuality", Rule.In(Place.Reader, "conversations:read") with { Hidden = "call_not_found" }),
    ];

    /// <summary>Hub methods: user tokens only. The body is the list of arguments.</summary>
    public static readonly IReadOnlyList<Row> Hub =
    [
        new("StartTyping", Rule.In(Place.Writer, ""), """["{conversationId}"]"""),
        new("StopTyping", Rule.In(Place.Writer, ""), """["{conversationId}"]"""),
        new("GetTyping", Rule.In(Place.Reader, ""), """["{conversationId}"]"""),
        new("SetPresence", Rule.UsersAlone, """[{"status":"busy"}]"""),
        new("SubscribePresence", Rule.UsersAlone, """[["target"]]"""),
        new("UnsubscribePresence", Rule.UsersAlone, """[["target"]]"""),
        new("GetPresence", Rule.UsersAlone, """[["target"]]"""),
        new("Authenticate", Rule.UsersAlone, """["{token}"]"""),
        new("LeaveConversation", Rule.UsersAlone, """["{conversationId}"]"""),
        new("JoinConversation", Rule.In(Place.Reader, ""), """["{conversationId}",0]"""),
        new("JoinConversations", Rule.In(Place.Reader, ""), """[[{"conversationId":"{conversationId}","afterSeq":0}]]"""),
        new("ReadEntries", Rule.In(Place.Reader, ""), """["{conversationId}",0,100]"""),
        new("SendMessage", Rule.In(Place.Writer, ""), """[{"conversationId":"{conversationId}","text":"hello"}]"""),
        new("EditMessage", Rule.In(Place.Sender, ""), """[{"conversationId":"{conversationId}","messageId":"{messageId}","text":"changed"}]"""),
        new("DeleteMessage", Rule.In(Place.SenderOrModerator, ""), """["{conversationId}","{messageId}"]"""),
        new("AddReaction", Rule.In(Place.Writer, ""), """["{conversationId}","{messageId}","x"]"""),
        new("RemoveReaction", Rule.In(Place.Writer, ""), """["{conversationId}","{messageId}","x"]"""),
        new("PinMessage", Rule.In(Place.Moderator, ""), """["{conversationId}","{messageId}"]"""),
        new("UnpinMessage", Rule.In(Place.Moderator, ""), """["{conversationId}","{messageId}"]"""),
        new("VotePoll", Rule.In(Place.Writer, ""), """["{conversationId}","{messageId}",["1"]]"""),
        new("ClosePoll", Rule.In(Place.SenderOrModerator, ""), """["{conversationId}","{messageId}"]"""),
        new("MarkDelivered", Rule.In(Place.Participant, ""), """["{conversationId}",2]"""),
        new("MarkRead", Rule.In(Place.Participant, ""), """["{conversationId}",2]"""),
        new("GetUnread", Rule.UsersAlone, "[]"),
        new("GetIceServers", Rule.UsersAlone, "[]"),
        new("StartCall", Rule.In(Place.Writer, ""), """[{"conversationId":"{conversationId}"}]"""),
        new("AcceptCall", Rule.NoCall, """["{callId}"]"""),
        new("ResumeCall", Rule.NoCall, """["{callId}"]"""),
        new("DeclineCall", Rule.NoCall, """["{callId}","declined"]"""),
        new("LeaveCall", Rule.NoCall, """["{callId}"]"""),
        new("InviteToCall", Rule.NoCall, """["{callId}",["target"]]"""),
        new("RemoveFromCall", Rule.NoCall, """["{callId}","target"]"""),
        new("SetCallMedia", Rule.NoCall, """["{callId}",{"audio":false,"video":true}]"""),
        new("Signal", Rule.NoCall, """["{callId}","target",{"kind":"offer","payload":"sdp"}]"""),
        new("ReportCallQuality", Rule.NoCall, """["{callId}",{"latencyMs":1,"packetLossPercent":0,"jitterMs":1,"bitrateKbps":500}]"""),
    ];
}

/// <param name="Operation">The operation's id in the OpenAPI document, or the hub method's name.</param>
internal sealed record Row(string Operation, Rule Rule, string? Body = null)
{
    /// <summary>What a REST operation cannot do without.</summary>
    public string Query { get; init; } = "";
}
