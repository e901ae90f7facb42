using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Json;

namespace Caas.Core.Calls;

/// <summary>
/// Carries what devices say to each other to connect: only between participants, to the device that has the call, in order. What is said to one whose device is not there yet (it still rings, or
/// comes back) is kept and told first.
/// </summary>
public sealed class CallSignals(CallChanges changes, ICallDirectory directory, CallTeller teller, CallMetrics metrics)
{
    /// <summary>The most bytes of a signal, as JSON.</summary>
    public const int MostBytes = 64 * 1024;

    /// <param name="connection">The caller's device, which must be the one that has the call.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>too_large</c>, <c>call_not_found</c>, <c>call_elsewhere</c>, <c>member_not_found</c> (who is not in the call), <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public async Task SendAsync(Caller caller, string connection, string callId, UserId to, CallSignalRequest request, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(Enum.IsDefined(request.Kind), "kind", "must be offer, answer or candidate")
            .Check(request.Payload.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null), "payload", "is needed")
            .ThrowIfAny();
        if (request.Payload.GetRawText() is var text && System.Text.Encoding.UTF8.GetByteCount(text) > MostBytes)
        {
            throw Refusal.TooLarge.With($"payload must be at most {MostBytes} bytes of JSON");
        }

        var user = caller.RequireUser().Value;
        var call = (await changes.RequireAsync(CallKey.Of(caller, callId), cancellationToken)).RequireOf(user);
        var pretending = call.Pretending.Contains(user);
        if (call.SeatOf(user) is not { } from || (from.State != CallParticipantState.Joined && !pretending))
        {
            throw Refusal.CallNotFound.AsException();
        }

        if (from.Connection != connection && !pretending)
        {
            throw Refusal.CallElsewhere.AsException();
        }

        if (to.Value == user || call.Find(to.Value)?.IsPresent() != true)
        {
            throw Refusal.MemberNotFound.With($"{to} is not in the call.");
        }

        if (call.Pretended || pretending)
        {
            return; // Nobody is to hear it.
        }

        var signal = new CallSignal(callId, user, request.Kind, request.Payload);
        var route = await directory.RouteAsync(call.Key(), new(user), to, JsonSerializer.Serialize(signal, CoreJsonContext.Default.CallSignal), CancellationToken.None);
        switch (route.Status)
        {
            case SignalRouteStatus.Gone:
                throw Refusal.CallNotFound.AsException();
            case SignalRouteStatus.Full:
                throw Refusal.LimitReached.With("Too many signals wait for this participant.");
            case SignalRouteStatus.Direct:
                teller.Signal(caller.Tenant, to.Value, route.Connection!, signal);
                break;
        }

        metrics.Signalled(request.Kind, route.Status == SignalRouteStatus.Kept);
    }

    /// <summary>Tells a device what was kept for its user, in order; from then on it gets signals directly.</summary>
    public async Task OpenAsync(CallState call, UserId user, string connection, Action<CallSignal> tell, CancellationToken cancellationToken)
    {
        while (await directory.TakeSignalsAsync(call.Key(), user, connection, cancellationToken) is { Count: > 0 } kept)
        {
            foreach (var signal in kept)
            {
                tell(JsonSerializer.Deserialize(signal, CoreJsonContext.Default.CallSignal)!);
            }
        }
    }
}
