using Caas.Contracts;

namespace Caas.Core.BeforeSend;

/// <summary>What a hook says about a message, or why it does not.</summary>
/// <param name="Reason">Of a rejection, for its sender; null: it gives none.</param>
/// <param name="Change">Of a change.</param>
/// <param name="Status">The HTTP status; null: there was no answer.</param>
/// <param name="Error">Of a failure, for those who run the hook.</param>
/// <param name="RetryAfter">Of a failure that waiting may mend.</param>
internal sealed record HookVerdict(BeforeSendOutcome Outcome, string? Reason = null, BeforeSendChange? Change = null, int? Status = null, string? Error = null, TimeSpan? RetryAfter = null)
{
    public bool IsFailure => Outcome is not (BeforeSendOutcome.Allowed or BeforeSendOutcome.Rejected or BeforeSendOutcome.Changed);

    /// <summary>Whether the same call may succeed later: the hook was not there. One that answers what says nothing will again.</summary>
    public bool MayPass => IsFailure && Outcome != BeforeSendOutcome.BadAnswer;

    /// <summary>Whether it costs every message its time: what such a hook is left alone for.</summary>
    public bool CostsTime => Outcome is BeforeSendOutcome.TimedOut or BeforeSendOutcome.Unreachable or BeforeSendOutcome.Overloaded;
}
