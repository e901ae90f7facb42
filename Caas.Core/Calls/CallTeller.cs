using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Calls;

/// <summary>What stands on a tenant's channel of calls: one event, and for whom it is.</summary>
/// <param name="To">Users.</param>
/// <param name="Connection">That one connection of the user alone.</param>
public sealed record CallPayload(
    IReadOnlyList<string> To, string? Connection = null, CallRinging? Ringing = null, CallAccepted? Accepted = null, CallDeclined? Declined = null, CallParticipantChanged? Changed = null, CallEnded? Ended = null, CallSignal? Signal = null);

/// <summary>Tells devices of calls, through their tenant's channel, which every replica follows that the tenant's users are connected to. In the order in which one replica tells it.</summary>
public sealed class CallTeller(IConversationChannels channels)
{
    /// <summary>The channel: beside those of the tenant's conversations, under a name that no conversation can have.</summary>
    public static LogId ChannelOf(TenantId tenant) => new(tenant, "$calls");

    public void Tell(string tenant, IReadOnlyList<CallNews> news)
    {
        foreach (var one in news)
        {
            var payload = new CallPayload(one.To);
            Publish(new(tenant), one.News switch
            {
                CallRinging ringing => payload with { Ringing = ringing },
                CallAccepted accepted => payload with { Accepted = accepted },
                CallDeclined declined => payload with { Declined = declined },
                CallParticipantChanged changed => payload with { Changed = changed },
                CallEnded ended => payload with { Ended = ended },
                _ => throw new ArgumentException($"{one.News.GetType().Name} is no news of calls.", nameof(news)),
            });
        }
    }

    public void Signal(TenantId tenant, string user, string connection, CallSignal signal) => Publish(tenant, new([user], connection, Signal: signal));

    /// <summary>Reads a payload of the channel; null when it is none.</summary>
    public static CallPayload? TryParse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, CoreJsonContext.Default.CallPayload) is { To: not null } news && news.To.All(PublicId.IsValid) ? news : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Publish(TenantId tenant, CallPayload payload) => channels.Publish(ChannelOf(tenant), JsonSerializer.SerializeToUtf8Bytes(payload, CoreJsonContext.Default.CallPayload));
}
