using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Visibility;

namespace Caas.Core.Calls;

/// <summary>What users do in calls, each on one of their devices.</summary>
public sealed class CallService(CallChanges changes, ICallDirectory directory, CallGuests guests, Viewers viewers, Membership membership, CallMetrics metrics, IdGenerator ids, CallPhones phones)
{
    private const int MostTries = 20;

    private static readonly string EverybodyWas = $"{CallMachine.MostPlaces} have been in the call or were called to it, which is the most: begin another one.";

    /// <summary>Calls a user, or the members of a conversation. Where that has a call already, joins it: of two who call each other at the same moment, one call results.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>member_not_found</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>, <c>blocked</c>, <c>banned</c>, <c>busy</c>, <c>call_elsewhere</c>, <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public async Task<CallState> StartAsync(Caller caller, CallDevice device, StartCallRequest request, CancellationToken cancellationToken)
    {
        var (conversation, direct) = await guests.PlaceAsync(caller, request, cancellationToken);
        var pretended = await IsShadowedAsync(caller, conversation.Value, cancellationToken);
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            if (((pretended ? await FindPretendedAsync(caller, conversation, cancellationToken) : null) ?? await directory.FindInAsync(caller.Tenant, conversation, cancellationToken)) is { } running)
            {
                try
                {
                    var joined = await JoinRunningAsync(caller, device, running, request.Media, cancellationToken);
                    return direct || request.UserIds is not { Count: > 0 } named ? joined : await InviteTooAsync(caller, joined, named);
                }
                catch (RefusedException refused) when (refused.Refusal == Refusal.CallNotFound)
                {
                    continue; // It was over at that moment.
                }
            }

            var ring = await guests.ToRingAsync(caller, conversation, direct, request.UserIds, cancellationToken);
            var busy = !pretended && direct && ring is [var callee] && (await directory.OfUserAsync(caller.Tenant, new(callee), cancellationToken)).Any(call => call.IsIn);
            var call = new CallState { Tenant = caller.Tenant.Value, Id = ids.Next(), Conversation = conversation.Value, Direct = direct, Media = request.Media, StartedBy = caller.RequireUser().Value, StartedAt = changes.Now, Pretended = pretended };
            if (await changes.AddAsync(CallMachine.Start(call, device, ring, changes.Times, changes.Now), tell: !busy, cancellationToken) is not { } begun)
            {
                continue;
            }

            if (!pretended)
            {
                metrics.Started(begun);
            }

            return busy ? await changes.ChangeAsync(begun.Key(), now => CallMachine.Decline(now, ring[0], busy: true, changes.Times, changes.Now), CancellationToken.None) : begun;
        }

        throw Refusal.Unavailable.With("Too many calls begin here at the same moment; try again.");
    }

    /// <summary>Answers a call, joins one that goes on, or (with <paramref name="resume"/>) comes back to it on this device.</summary>
    /// <returns>The call as it is; what the caller sees of it is <see cref="CallMachine.Seen"/>.</returns>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>not_allowed</c>, <c>blocked</c>, <c>banned</c>, <c>busy</c>, <c>call_elsewhere</c>, <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public Task<CallState> JoinAsync(Caller caller, CallDevice device, string callId, bool resume, CancellationToken cancellationToken) => JoinAsync(caller, device, callId, resume, media: null, cancellationToken);

    private async Task<CallState> JoinAsync(Caller caller, CallDevice device, string callId, bool resume, CallMedia? media, CancellationToken cancellationToken)
    {
        var (key, user) = (CallKey.Of(caller, callId), caller.RequireUser().Value);
        var call = await changes.RequireAsync(key, cancellationToken);
        await RequireMemberAsync(caller, call.Pretended ? call.RequireOf(user) : call, cancellationToken);
        if (call.Find(user)?.IsIn() != true && (!resume || call.Pretending.Contains(user)) && await IsPretendedAsync(caller, call, cancellationToken)
            && !ReferenceEquals(CallMachine.Join(call, user, device, resume: false, changes.Times, changes.Now).Call, call))
        {
            return await changes.ChangeAsync(key, now => CallMachine.Pretend(now, user, device), cancellationToken);
        }

        var joined = await changes.ChangeAsync(key, now => CallMachine.Join(now, user, device, resume, changes.Times, changes.Now, media), cancellationToken);
        return joined.Find(user) switch
        {
            { State: CallParticipantState.Joined } place when place.Connection == device.Connection => joined,
            { State: CallParticipantState.Joined } => throw Refusal.CallElsewhere.AsException(),
            { State: CallParticipantState.Removed } => throw Refusal.NotAllowed.With("You were taken out of the call: somebody in it must invite you."),
            _ when resume => throw Refusal.CallNotFound.AsException(),
            null when joined.Places.Count >= CallMachine.MostPlaces => throw Refusal.LimitReached.With(EverybodyWas),
            _ => throw Refusal.LimitReached.With($"The call has {changes.Times.Most} participants, which is the most."),
        };
    }

    /// <summary>Does not take part. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task DeclineAsync(Caller caller, string callId, string reason, CancellationToken cancellationToken)
    {
        new Validation().Check(reason is "declined" or "busy", "reason", "must be declined or busy").ThrowIfAny();
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(CallKey.Of(caller, callId), call => CallMachine.Decline(call.RequireOf(user), user, reason == "busy", changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Hangs up, on whatever device it is. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task LeaveAsync(Caller caller, string callId, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(CallKey.Of(caller, callId), call => CallMachine.Leave(call.RequireOf(user), user, changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Rings other members of the conversation, as many as there is room for. Who is in the call, or rings, stays so; who blocks the caller, or is blocked, does not ring.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>call_not_found</c>, <c>member_not_found</c>, <c>not_allowed</c> (a direct call; who is not in it), <c>limit_reached</c>, <c>unavailable</c>.</exception>
    public async Task InviteAsync(Caller caller, string callId, IReadOnlyList<string> userIds, CancellationToken cancellationToken)
    {
        var (key, user) = (CallKey.Of(caller, callId), caller.RequireUser().Value);
        var call = (await changes.RequireAsync(key, cancellationToken)).RequireOf(user);
        RequireIn(call, user, "invite others");
        await RequireMemberAsync(caller, call, cancellationToken);
        var ring = await guests.ToRingAsync(caller, new(call.Conversation), direct: false, userIds, cancellationToken);
        if (await IsPretendedAsync(caller, call, cancellationToken))
        {
            return;
        }

        var invited = await changes.ChangeAsync(
            key,
            now => now.Places.Count + ring.Count(one => now.Find(one) is null) <= CallMachine.MostPlaces ? CallMachine.Invite(now, ring, user, changes.Times, changes.Now) : throw Refusal.LimitReached.With(EverybodyWas),
            cancellationToken);
        await phones.RingAsync(invited, user, [.. ring.Where(one => call.Find(one)?.State != CallParticipantState.Ringing && invited.Find(one)?.State == CallParticipantState.Ringing)]);
    }

    /// <summary>Takes somebody out: who started the call, and who may remove members. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>not_allowed</c>, <c>unavailable</c>.</exception>
    public async Task RemoveAsync(Caller caller, string callId, UserId removed, CancellationToken cancellationToken)
    {
        var (key, user) = (CallKey.Of(caller, callId), caller.RequireUser().Value);
        var call = (await changes.RequireAsync(key, cancellationToken)).RequireOf(user);
        RequireIn(call, user, "take others out");
        var standing = await RequireMemberAsync(caller, call, cancellationToken);
        if (removed.Value != user && call.StartedBy != user && !standing.May(Right.RemoveMembers, caller))
        {
            throw Refusal.NotAllowed.With("Only who started the call, and who may remove members, takes others out of it.");
        }

        if (await IsPretendedAsync(caller, call, cancellationToken))
        {
            return;
        }

        await changes.ChangeAsync(key, now => CallMachine.Remove(now, removed.Value, changes.Times, changes.Now), cancellationToken);
    }

    /// <summary>Whether the caller's microphone and camera are on.</summary>
    /// <exception cref="RefusedException"><c>call_not_found</c>, <c>unavailable</c>.</exception>
    public async Task SetMediaAsync(Caller caller, string callId, CallMediaState media, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser().Value;
        await changes.ChangeAsync(CallKey.Of(caller, callId), call => CallMachine.SetMedia(call.RequireOf(user), user, media), cancellationToken);
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

    private static void RequireIn(CallState call, string user, string what)
    {
        if (call.Direct)
        {
            throw Refusal.NotAllowed.With("A direct call is between its two people.");
        }

        if (call.Find(user)?.IsIn() != true && !call.Pretending.Contains(user))
        {
            throw Refusal.NotAllowed.With($"Only who is in the call may {what}.");
        }
    }

    /// <summary>
    /// Joins the conversation's call. Who calls again where nobody has answered yet heard nothing of it (the replica died, or Redis was slow): the call is taken over, and rings once more.
    /// </summary>
    private async Task<CallState> JoinRunningAsync(Caller caller, CallDevice device, string running, CallMedia media, CancellationToken cancellationToken)
    {
        var (call, user) = (await changes.RequireAsync(CallKey.Of(caller, running), cancellationToken), caller.RequireUser().Value);
        if (call.StartedBy != user || call.AnsweredAt is not null || call.Find(user) is not { } place || !place.IsIn())
        {
            return await JoinAsync(caller, device, running, resume: false, media, cancellationToken);
        }

        var joined = await JoinAsync(caller, device, running, resume: true, cancellationToken);
        await changes.RepeatAsync(joined, moved: place.Connection != device.Connection, cancellationToken);
        return joined;
    }

    /// <summary>Whom the caller named, who joined a call that went on, rings there: as far as there is room.</summary>
    private async Task<CallState> InviteTooAsync(Caller caller, CallState joined, IReadOnlyList<string> named)
    {
        try
        {
            await InviteAsync(caller, joined.Id, named, CancellationToken.None);
            return await changes.RequireAsync(joined.Key(), CancellationToken.None);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.LimitReached || refused.Refusal == Refusal.CallNotFound)
        {
            return joined;
        }
    }

    /// <summary>The call that a shadow-banned user believes to have begun here.</summary>
    private async Task<string?> FindPretendedAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        foreach (var one in (await directory.OfUserAsync(caller.Tenant, caller.RequireUser(), cancellationToken)).Where(call => call.IsIn))
        {
            if (await directory.FindAsync(new(caller.Tenant, one.CallId), cancellationToken) is { Pretended: true, EndedAt: null } call && call.Conversation == conversation.Value)
            {
                return call.Id;
            }
        }

        return null;
    }

    /// <summary>Whether others are not to hear of what the caller does in their call. Who is in it since before the ban stays, and is heard.</summary>
    private async ValueTask<bool> IsPretendedAsync(Caller caller, CallState call, CancellationToken cancellationToken) =>
        !call.Pretended && (call.Pretending.Contains(caller.RequireUser().Value) || await IsShadowedAsync(caller, call.Conversation, cancellationToken));

    private ValueTask<bool> IsShadowedAsync(Caller caller, string conversation, CancellationToken cancellationToken) =>
        viewers.IsShadowedAsync(caller, LogId.Of(caller.Tenant, new ConversationId(conversation)), cancellationToken);

    private async Task<Standing> RequireMemberAsync(Caller caller, CallState call, CancellationToken cancellationToken)
    {
        try
        {
            var standing = await membership.RequireAsync(caller, new(call.Conversation), Right.Write, cancellationToken, fresh: true);

            // The tenant's admins may write anywhere; a direct call is between its two people all the same.
            return call.Direct && standing.Member is null ? throw Refusal.CallNotFound.AsException() : standing;
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.NotAMember || refused.Refusal == Refusal.ConversationNotFound)
        {
            throw Refusal.CallNotFound.AsException();
        }
    }
}
