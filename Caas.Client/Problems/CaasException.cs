namespace Caas.Client;

/// <summary>A call was refused, or could not be made. Decide by <see cref="Code"/>.</summary>
public sealed class CaasException(string code, string detail, Exception? innerException = null) : Exception($"{code}: {detail}", innerException)
{
    /// <summary>The server's stable code (<c>docs/problems.md</c>, or the reason of an eviction), or one of <see cref="ClientCodes"/>.</summary>
    public string Code { get; } = code;

    /// <summary>What is wrong, for people; names the offending field.</summary>
    public string Detail { get; } = detail;

    /// <summary>The HTTP status; null where it did not come by HTTP.</summary>
    public int? Status { get; init; }

    /// <summary>When to try again, where the server told.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Every invalid field with its messages, for <c>validation_failed</c>.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>The id of what exists already, for <c>already_created</c> and <c>id_taken</c>.</summary>
    public string? Id { get; init; }

    /// <summary>What to tell those who run the service.</summary>
    public string? TraceId { get; init; }

    /// <summary>
    /// Whether the call may have taken effect all the same: one of its tries was sent and never answered, or answered with a fault. Also of a call that was refused in the end: what refuses a
    /// later try (a member who was removed meanwhile) says nothing of the earlier one. The same client id sent again tells, where it is taken.
    /// </summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>The same of a call that may have taken effect.</summary>
    internal CaasException OfUnknownOutcome() => MayHaveHappened
        ? this
        : new(Code, Detail, this) { Status = Status, RetryAfter = RetryAfter, Errors = Errors, Id = Id, TraceId = TraceId, MayHaveHappened = true };
}

/// <summary>A send was cancelled by its caller when it was already on its way: whether it was stored is not known. The same client id sent again tells.</summary>
public sealed class OutcomeUnknownException(string? clientMessageId, CancellationToken cancellationToken)
    : OperationCanceledException("Cancelled while it was on its way: whether it took effect is not known.", cancellationToken)
{
    /// <summary>Send the same content with this id again to learn what became of it; null for calls that have none (repeating those changes nothing).</summary>
    public string? ClientMessageId { get; } = clientMessageId;
}

/// <summary>Codes that the client itself makes, beside the server's.</summary>
public static class ClientCodes
{
    /// <summary>The connection was disposed.</summary>
    public const string Closed = "client_closed";

    /// <summary>What the app gave the client (its reconnect delay, its handlers of SignalR) failed.</summary>
    public const string Fault = "client_fault";

    /// <summary>The service could not be reached, or did not answer in time.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>Something answered that is not this service.</summary>
    public const string InvalidAnswer = "invalid_answer";
}
