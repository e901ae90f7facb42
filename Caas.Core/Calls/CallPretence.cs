using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Visibility;

namespace Caas.Core.Calls;

/// <summary>A shadow-banned user's call: to the user it rings and nobody answers, and nobody else hears of it. Nothing of it is kept.</summary>
public sealed class CallPretence(Viewers viewers, CallTeller teller, TimeProvider clock)
{
    public ValueTask<bool> IsNeededAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken) => viewers.IsShadowedAsync(caller, LogId.Of(caller.Tenant, conversation), cancellationToken);

    /// <summary>Tells the caller alone that the call was missed, when its time is over.</summary>
    public async Task EndAsync(CallState call, TimeSpan ring)
    {
        await Task.Delay(ring, clock);
        IReadOnlyList<string> caller = [call.StartedBy];
        teller.Tell(call.Tenant, [
            .. call.Places.Where(place => place.User != call.StartedBy).Select(place => new CallNews(caller, new CallDeclined(call.Id, place.User, "missed"))),
            new(caller, new CallEnded(call.Id, CallOutcome.Missed, 0)),
        ]);
    }
}
