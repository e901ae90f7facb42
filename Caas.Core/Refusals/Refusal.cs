namespace Caas.Core.Refusals;

/// <summary>Why a call is refused: a stable code, the HTTP status that goes with it, and a sentence. The closed list stands in <c>docs/problems.md</c>.</summary>
public sealed record Refusal(string Code, int Status, string Title)
{
    public static readonly Refusal ValidationFailed = new("validation_failed", 400, "The request is not valid.");
    public static readonly Refusal InvalidCursor = new("invalid_cursor", 400, "The cursor was not made by this list with the same filters; start again without one.");
    public static readonly Refusal InvalidArguments = new("invalid_arguments", 400, "The arguments do not fit the method.");
    public static readonly Refusal OnBehalfOfRequired = new("on_behalf_of_required", 400, "Only a user can have this: name one in X-On-Behalf-Of.");
    public static readonly Refusal UnknownMethod = new("unknown_method", 404, "The hub has no such method.");
    public static readonly Refusal Unauthenticated = new("unauthenticated", 401, "No valid credentials were sent.");
    public static readonly Refusal TokenExpired = new("token_expired", 401, "The token has expired.");
    public static readonly Refusal TokenRevoked = new("token_revoked", 401, "The token has been revoked.");
    public static readonly Refusal InsufficientScope = new("insufficient_scope", 403, "The API key lacks the scope for this.");
    public static readonly Refusal NotAMember = new("not_a_member", 403, "You are not a member of this conversation.");
    public static readonly Refusal NotAllowed = new("not_allowed", 403, "You may not do this.");
    public static readonly Refusal QuotaExceeded = new("quota_exceeded", 403, "The tenant has used up what it may have.");
    public static readonly Refusal Banned = new("banned", 403, "You are banned.");
    public static readonly Refusal Blocked = new("blocked", 403, "One of you has blocked the other.");
    public static readonly Refusal NotFound = new("route_not_found", 404, "There is nothing here.");
    public static readonly Refusal MethodNotAllowed = new("method_not_allowed", 405, "This route does not take that method.");
    public static readonly Refusal TenantNotFound = new("tenant_not_found", 404, "There is no such tenant.");
    public static readonly Refusal ApiKeyNotFound = new("api_key_not_found", 404, "There is no such API key.");
    public static readonly Refusal UserNotFound = new("user_not_found", 404, "There is no such user.");
    public static readonly Refusal ConversationNotFound = new("conversation_not_found", 404, "There is no such conversation.");
    public static readonly Refusal MemberNotFound = new("member_not_found", 404, "There is no such member.");
    public static readonly Refusal MessageNotFound = new("message_not_found", 404, "There is no such message.");
    public static readonly Refusal AttachmentNotFound = new("attachment_not_found", 404, "There is no such attachment.");
    public static readonly Refusal AttachmentNotReady = new("attachment_not_ready", 409, "Nothing was uploaded to the attachment yet.");
    public static readonly Refusal ScheduledNotFound = new("scheduled_not_found", 404, "There is no such scheduled message.");
    public static readonly Refusal ReminderNotFound = new("reminder_not_found", 404, "There is no such reminder.");
    public static readonly Refusal FlagNotFound = new("flag_not_found", 404, "Nobody has flagged such a message.");
    public static readonly Refusal WebhookNotFound = new("webhook_not_found", 404, "There is no such webhook.");
    public static readonly Refusal BeforeSendHookNotFound = new("before_send_hook_not_found", 404, "No before-send hook is set.");
    public static readonly Refusal DeliveryNotFound = new("delivery_not_found", 404, "There is no such delivery, or its event is gone.");
    public static readonly Refusal PollNotFound = new("poll_not_found", 404, "The message has no poll.");
    public static readonly Refusal CallNotFound = new("call_not_found", 404, "There is no such call, or it is over.");
    public static readonly Refusal Busy = new("busy", 409, "You are in another call.");
    public static readonly Refusal CallElsewhere = new("call_elsewhere", 409, "Another device of yours has the call.");
    public static readonly Refusal ClientMessageIdReused = new("client_message_id_reused", 409, "This clientMessageId was used for other content.");
    public static readonly Refusal IdempotencyKeyReused = new("idempotency_key_reused", 409, "This Idempotency-Key was used for another request.");
    public static readonly Refusal IdempotencyKeyInUse = new("idempotency_key_in_use", 409, "A request with this Idempotency-Key is still running.");
    public static readonly Refusal AlreadyCreated = new("already_created", 409, "This was created before; its secret is not shown again.");
    public static readonly Refusal IdTaken = new("id_taken", 409, "This id is, or once was, in use.");
    public static readonly Refusal LimitReached = new("limit_reached", 409, "A limit of the tenant or conversation is reached.");
    public static readonly Refusal TooLarge = new("too_large", 413, "The request is too large.");
    public static readonly Refusal UnsupportedMediaType = new("unsupported_media_type", 415, "The body must be application/json.");
    public static readonly Refusal ContentBlocked = new("content_blocked", 403, "The message holds what may not be written here.");
    public static readonly Refusal RejectedByHook = new("rejected_by_hook", 403, "The message may not be written here.");
    public static readonly Refusal SpamDetected = new("spam_detected", 429, "This looks like spam.");
    public static readonly Refusal RateLimited = new("rate_limited", 429, "Too many requests.");
    public static readonly Refusal SlowMode = new("slow_mode", 429, "Messages are slowed down here.");
    public static readonly Refusal InternalError = new("internal_error", 500, "Something went wrong on our side.");
    public static readonly Refusal Unavailable = new("unavailable", 503, "A dependency is not available; the same call may be tried again.");

    /// <summary>This refusal with a sentence of its own.</summary>
    public RefusedException With(string detail) => new(this, detail);

    /// <summary>This refusal for one invalid field.</summary>
    public RefusedException With(string field, string message) => new(this, $"{field} {message}", new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>This refusal with its general sentence.</summary>
    public RefusedException AsException() => new(this, Title);
}

/// <summary>A call was refused; nothing was changed.</summary>
public sealed class RefusedException(Refusal refusal, string detail, IReadOnlyDictionary<string, string[]>? errors = null, Exception? innerException = null)
    : Exception($"{refusal.Code}: {detail}", innerException)
{
    public Refusal Refusal { get; } = refusal;

    /// <summary>What is wrong; names the offending field. Never anything internal.</summary>
    public string Detail { get; } = detail;

    /// <summary>Every invalid field with its messages.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; } = errors;

    /// <summary>When to try again, for <c>rate_limited</c>, <c>unavailable</c> and the quota of connections.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whose credentials were refused, as far as that can be said; for the audit log, never for the answer.</summary>
    public Audit.CredentialAttempt? Attempt { get; private set; }

    /// <summary>This refusal, of such credentials.</summary>
    public RefusedException Of(Audit.CredentialAttempt? attempt)
    {
        Attempt = attempt;
        return this;
    }

    /// <summary>The id of what exists already, for <c>already_created</c> and <c>id_taken</c>.</summary>
    public string? ExistingId { get; init; }
}

/// <summary>Collects what is wrong with a request, so that all of it is told at once.</summary>
public sealed class Validation
{
    private Dictionary<string, string[]>? _errors;

    /// <summary>Notes <paramref name="message"/> for <paramref name="field"/> unless <paramref name="holds"/>.</summary>
    public Validation Check(bool holds, string field, string message)
    {
        if (!holds)
        {
            _errors ??= [];
            _errors[field] = _errors.TryGetValue(field, out var earlier) ? [.. earlier, message] : [message];
        }

        return this;
    }

    /// <exception cref="RefusedException"><c>validation_failed</c> with every noted field, when there is one.</exception>
    public void ThrowIfAny()
    {
        if (_errors is { } errors)
        {
            var (field, messages) = errors.First();
            throw new RefusedException(Refusal.ValidationFailed, $"{field} {messages[0]}", errors);
        }
    }
}
