using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Paging;
using Caas.Core.Visibility;

namespace Caas.Core.Calls;

/// <summary>Calls that were and that go on.</summary>
public sealed class CallHistory(ICallRecordStore records, Membership membership, Viewers viewers, Cursors cursors)
{
    private const string ListName = "calls";

    /// <summary>
    /// The newest first: those that the caller was called to or was in, or all of a conversation that the caller may read, without those that others began whom the caller blocks; for a backend
    /// that names no user all of the tenant.
    /// </summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>invalid_cursor</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<Page<CallResponse>> ListAsync(Caller caller, string? conversationId, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.ConversationsRead);
        var count = PageLimit.Require(limit);
        ConversationId? conversation = conversationId is null ? null : new(conversationId);
        if (conversation is { } of)
        {
            await membership.RequireAsync(caller, of, Right.Read, cancellationToken);
        }

        var user = conversation is null ? caller.User : null;
        var list = ListScope.Of(tenant, ListName, user?.Value, conversationId);
        var before = (await cursors.DecodeAsync(list, cursor, 1, cancellationToken))?[0];
        var found = await records.ListAsync(tenant, user, conversation, before, count + 1, cancellationToken);
        var viewer = await viewers.OfAsync(caller, cancellationToken);
        return new([.. found.Take(count).Where(call => Sees(viewer, call)).Select(Shape)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id) : null);
    }

    /// <exception cref="RefusedException"><c>call_not_found</c>, also for who neither was in it nor reads its conversation; <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<CallResponse> GetAsync(Caller caller, string callId, CancellationToken cancellationToken) => Shape(await RequireAsync(caller, callId, cancellationToken));

    /// <summary>What the devices measured.</summary>
    /// <exception cref="RefusedException">As <see cref="GetAsync"/>.</exception>
    public async Task<CallQualityResponse> GetQualityAsync(Caller caller, string callId, CancellationToken cancellationToken)
    {
        var call = await RequireAsync(caller, callId, cancellationToken);
        var reports = await records.ListReportsAsync(new(call.Tenant, call.Id), cancellationToken);
        return new(call.Id, [.. reports.Select(one => CallQuality.Shape(one.User, one.Totals))]);
    }

    internal async Task<CallRecord> RequireAsync(Caller caller, string callId, CancellationToken cancellationToken)
    {
        var key = CallKey.Of(caller, callId);
        caller.RequireScope(Scopes.ConversationsRead);
        var call = await records.FindAsync(key, cancellationToken) ?? throw Refusal.CallNotFound.AsException();
        if (caller.User is { } user && !WasIn(user, call))
        {
            try
            {
                await membership.RequireAsync(caller, call.Conversation, Right.Read, cancellationToken);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.NotAMember || refused.Refusal == Refusal.ConversationNotFound)
            {
                throw Refusal.CallNotFound.AsException();
            }
        }

        return Sees(await viewers.OfAsync(caller, cancellationToken), call) ? call : throw Refusal.CallNotFound.AsException();
    }

    private static bool WasIn(UserId user, CallRecord call) => call.Participants.Any(participant => participant.UserId == user.Value);

    /// <summary>As with messages: who blocks others does not see what they began, but for what the reader had a part in.</summary>
    private static bool Sees(Viewer viewer, CallRecord call) => viewer.User is not { } user || WasIn(user, call) || !viewer.Blocks.Hides(LogId.Of(call.Tenant, call.Conversation), call.StartedBy);

    internal static CallResponse Shape(CallRecord call) =>
        new(call.Id, call.Conversation.Value, call.Media, call.StartedBy, call.StartedAt, call.EndedAt, call.Outcome, call.DurationSeconds, call.Participants);
}
