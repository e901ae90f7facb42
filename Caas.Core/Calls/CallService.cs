using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Members;

namespace Caas.Core.Calls;

/// <summary>What users do in calls, each on one of their devices.</summary>
public sealed class CallService(CallChanges changes, ICallDirectory directory, CallGuests guests, CallPretence pretence, Membership membership, CallMetrics metrics, IdGenerator ids)
{
    private const int MostTries = 20;

    /// <summary>Calls a user, or the members of a conversation. Where that has a call already, joins it: of two who call each other at the same moment, one call results.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>member_not_found</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>, <c>blocked</c>, <c>banned</c>, <c>busy</c>, <c>call_elsewhere</c>, <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public async Task<CallState> StartAsync(Caller caller, CallDevice device, StartCallRequest request, CancellationToken cancellationToken)
    {
        var (conversation, direct) = await guests.PlaceAsync(caller, request, cancellationToken);
        var pretended = await pretence.IsNeededAsync(caller, conversation, cancellationToken);
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            if (!pretended && await directory.FindInAsync(caller.Tenant, conversation, cancellationToken) is { } running)
            {
                try
                {
                    return await JoinAsync(caller, device, running, resume: false, cancellationToken);
                }
                catch (RefusedException refused) when (refused.Refusal == Refusal.CallNotFound)
                {
                    continue; // It was over at that moment.
                }
            }

            var ring = await guests.ToRingAsync(caller, conversation, direct, request.UserIds, cancellationToken);
            var busy = direct && ring is [var callee] && (await directory.OfUserAsync(caller.Tenant, new(callee), cancellationToken)).Any(call => call.IsIn);
            var call = new CallState { Tenant = caller.Tenant.Value, Id = ids.Next(), Conversation = conversation.Value, Direct = direct, Media = request.Media, StartedBy = caller.RequireUser().Value, StartedAt = changes.Now };
            if (pretended)
            {
                var alone = CallMachine.Start(call with { Pretended = true }, device, ring, changes.Times, changes.Now).Call;
                _ = pretence.EndAsync(alone, changes.Times.Ring);
                return alone;
            }

            if (await changes.AddAsync(CallMachine.Start(call, device, ring, changes.Times, changes.Now), tell: !busy, cancellationToken) is { } begun)
            {
                metrics.Started(begun);
                return busy ? await changes.ChangeAsync(begun.Key(), now => CallMachine.Decline(now, ring[0], busy: true, changes.Times, changes.Now), CancellationToken.None) : begun;
            }
        }

        throw Refusal.Unavailable.With("Too many calls begin here at the same moment; try again.");
    }

    /// <summary>Answers a call, joins one that goes on, or (with <paramref name="resume"/>) comes back to it on this device.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>not_allowed</c>, <c>blocked</c>, <c>banned</c>, <c>busy</c>, <c>call_elsewhere</c>, <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public async Task<CallState> JoinAsync(Caller caller, CallDevice device, string callId, bool resume, CancellationToken cancellationToken)
    {
        var (key, user) = (KeyOf(caller, callId), caller.RequireUser().Value);
        await RequireMemberAsync(caller, await changes.RequireAsync(key, cancellationToken), cancellationToken);
        var joined = await changes.ChangeAsync(key, call => CallMachine.Join(call, user, device, resume, changes.Times, changes.Now), cancellationToken);
        return joined.Find(user) switch
        {
            { State: CallParticipantState.Joined } place when place.Connection == device.Connection => joined,
            { State: CallParticipantState.Joined } => throw Refusal.CallElsewhere.AsException(),
            { State: CallParticipantState.Removed } => throw Refusal.NotAllowed.With("You were taken out of the call: somebody in it must invite you."),
            _ when resume => throw Refusal.CallNotFound.AsException(),
            _ => throw Refusal.LimitReached.With($"The call has {changes.Times.Most} participants, which is the most."),
        };
    }

    /// <summary>Does not take part. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task DeclineAsync(Caller caller, string callId, string reason, CancellationToken cancellationToken)
    {
        new Validation().Check(reason is "declined" or "busy", "reason", "must be declined or busy").ThrowIfAny();
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(KeyOf(caller, callId), call => CallMachine.Decline(Mine(call, user), user, reason == "busy", changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Hangs up, on whatever device it is. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task LeaveAsync(Caller caller, string callId, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(KeyOf(caller, callId), call => CallMachine.Leave(Mine(call, user), user, changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Rings other members of the conversation. Who is in the call, or rings, stays so; who blocks the caller, or is blocked, does not ring.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>call_not_found</c>, <c>member_not_found</c>, <c>not_allowed</c> (a direct call; who is not in it), <c>unavailable</c>.</exception>
    public async Task InviteAsync(Caller caller, string callId, IReadOnlyList<string> userIds, CancellationToken cancellationToken)
    {
        var (key, user) = (KeyOf(caller, callId), caller.RequireUser().Value);
        var call = Mine(await changes.RequireAsync(key, cancellationToken), user);
        RequireIn(call, user, "invite others");
        await RequireMemberAsync(caller, call, cancellationToken);
        var ring = await guests.ToRingAsync(caller, new(call.Conversation), direct: false, userIds, cancellationToken);
        await changes.ChangeAsync(key, now => CallMachine.Invite(now, ring.Where(one => now.Count(place => place.IsPresent()) < CallGuests.MostRinging || now.Find(one)?.IsPresent() == true), user, changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Takes somebody out: who started the call, and who may remove members. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>not_allowed</c>, <c>unavailable</c>.</exception>
    public async Task RemoveAsync(Caller caller, string callId, UserId removed, CancellationToken cancellationToken)
    {
        var (key, user) = (KeyOf(caller, callId), caller.RequireUser().Value);
        var call = Mine(await changes.RequireAsync(key, cancellationToken), user);
        RequireIn(call, user, "take others out");
        var standing = await RequireMemberAsync(caller, call, cancellationToken);
        if (removed.Value != user && call.StartedBy != user && !standing.May(Right.RemoveMembers, caller))
        {
            throw Refusal.NotAllowed.With("Only who started the call, and who may remove members, takes others out of it.");
        }

        await changes.ChangeAsync(key, now => CallMachine.Remove(now, removed.Value, changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Whether the caller's microphone and camera are on.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task SetMediaAsync(Caller caller, string callId, CallMediaState media, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(KeyOf(caller, callId), call => CallMachine.SetMedia(Mine(call, user), user, media), cancellationToken);
    }

    /// <summary>The calls that ring for a user now.</summary>
    public async Task<IReadOnlyList<CallState>> RingingAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        var ringing = new List<CallState>();
        foreach (var one in (await directory.OfUserAsync(tenant, user, cancellationToken)).Where(call => !call.IsIn))
        {
            if (await directory.FindAsync(new(tenant, one.CallId), cancellationToken) is { EndedAt: null } call && call.Find(user.Value)?.State == CallParticipantState.Ringing)
            {
                ringing.Add(call);
            }
        }

        return ringing;
    }

    /// <exception cref="RefusedException"><c>call_not_found</c>: no id of a call.</exception>
    internal static CallKey KeyOf(Caller caller, string callId) => PublicId.IsValid(callId) ? new(caller.RequireTenant(), callId) : throw Refusal.CallNotFound.AsException();

    /// <summary>To whoever has nothing to do with a call it is not there.</summary>
    internal static CallState Mine(CallState call, string user) => call.Find(user) is not null ? call : throw Refusal.CallNotFound.AsException();

    private static void RequireIn(CallState call, string user, string what)
    {
        if (call.Direct)
        {
            throw Refusal.NotAllowed.With("A direct call is between its two people.");
        }

        if (call.Find(user)?.IsIn() != true)
        {
            throw Refusal.NotAllowed.With($"Only who is in the call may {what}.");
        }
    }

    private async Task<Standing> RequireMemberAsync(Caller caller, CallState call, CancellationToken cancellationToken)
    {
        try
        {
            return await membership.RequireAsync(caller, new(call.Conversation), Right.Write, cancellationToken, fresh: true);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.NotAMember || refused.Refusal == Refusal.ConversationNotFound)
        {
            throw Refusal.CallNotFound.AsException();
        }
    }
}
