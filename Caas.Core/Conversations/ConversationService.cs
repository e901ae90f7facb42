using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Custom;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Usage;

namespace Caas.Core.Conversations;

/// <summary>Conversations: created, changed, deleted.</summary>
public sealed class ConversationService(ConversationWriter writer, ConversationViews views, Membership membership, MemberDirectory directory, Departures departures, DirectConversations directs, BlockDirectory blocks, Quotas quotas, IdGenerator ids)
{
    /// <summary>Creates a conversation. Its id is unique for ever: the first entry of its log takes it.</summary>
    /// <returns>The conversation, and whether it is new: the second <c>direct</c> of the same two people is the first one, unless that was deleted.</returns>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>banned</c>, <c>id_taken</c>, <c>blocked</c> (a new direct one).</exception>
    public async Task<(ConversationResponse Conversation, bool Created)> CreateAsync(Caller caller, CreateConversationRequest request, CancellationToken cancellationToken)
    {
        ConversationRules.Require(request);
        var seeds = ConversationRules.Seeds(request, caller.User);
        UserId[] users = [.. seeds.Select(seed => new UserId(seed.UserId))];
        await directory.RequireActiveAsync(caller.Tenant, users, cancellationToken);
        return request.Type == ConversationType.Direct
            ? await CreateDirectAsync(caller, request, seeds, cancellationToken)
            : (await CreateAsync(caller, new(request.Id ?? ids.Next()), request, seeds, cancellationToken), true);
    }

    /// <summary>Of those who ask at once, here and elsewhere, one makes it; the others look again and find it.</summary>
    private async Task<(ConversationResponse Conversation, bool Created)> CreateDirectAsync(Caller caller, CreateConversationRequest request, IReadOnlyList<MemberSeed> seeds, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (id, found) = await directs.FindAsync(caller.Tenant, new(seeds[0].UserId), new(seeds[1].UserId), cancellationToken);
            if (found is not null)
            {
                return (await ShapeAsync(caller, found, cancellationToken), false);
            }

            if (caller.User is { } user && (await blocks.FindAsync(caller.Tenant, user, cancellationToken)).Between(seeds.First(seed => seed.UserId != user.Value).UserId))
            {
                throw Refusal.Blocked.AsException();
            }

            try
            {
                return (await CreateAsync(caller, id, request, seeds, cancellationToken), true);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.IdTaken)
            {
                // Somebody was faster.
            }
        }
    }

    private async Task<ConversationResponse> CreateAsync(Caller caller, ConversationId id, CreateConversationRequest request, IReadOnlyList<MemberSeed> seeds, CancellationToken cancellationToken)
    {
        await directory.RequireNotBannedAsync(caller.Tenant, id, [.. seeds.Select(seed => new UserId(seed.UserId))], cancellationToken);
        await quotas.RequireAsync(caller.Tenant, Quota.Conversations, 1, cancellationToken);
        var data = new ConversationCreatedData(request.Type, request.Name, request.Custom.OrNull(), seeds);
        var (_, created) = await writer.WriteAsync(caller, id, EntryTypes.ConversationCreated, data, CoreJsonContext.Default.ConversationCreatedData, clientId: null, cancellationToken, onlyFirst: true);
        return await ShapeAsync(caller, created, cancellationToken);
    }

    /// <summary>Changes name and custom data, and what only moderators may: whether it is frozen, and slow mode.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>.</exception>
    public async Task<ConversationResponse> UpdateAsync(Caller caller, ConversationId id, UpdateConversationRequest request, CancellationToken cancellationToken)
    {
        var patch = CustomPatch.Of(request.Custom);
        patch.Check(ConversationRules.Name(new(), request.Name.Value))
            .Check(request.SlowModeSeconds.Value is >= 0 and <= ConversationRules.MaxSlowMode, "slowModeSeconds", $"must be 0 to {ConversationRules.MaxSlowMode}")
            .ThrowIfAny();
        var moderates = request.Frozen.IsSet || request.SlowModeSeconds.IsSet;
        var standing = await membership.RequireAsync(caller, id, moderates ? Right.Moderate : Right.ChangeConversation, cancellationToken);
        if (moderates && (request.Name.IsSet || patch.IsSet) && !standing.May(Right.ChangeConversation, caller))
        {
            throw Refusal.NotAllowed.With("Your role does not let you change the conversation's name and custom data.");
        }

        var current = await writer.FoldAsync(caller.Tenant, id, cancellationToken) ?? throw Refusal.ConversationNotFound.AsException();
        var custom = patch.ApplyTo(current.Custom);
        MessageRules.Custom(new(), custom).ThrowIfAny();
        if (request.Name.Or(current.Name) == current.Name && request.Frozen.Or(current.Frozen) == current.Frozen && request.SlowModeSeconds.Or(current.SlowModeSeconds) == current.SlowModeSeconds && SameJson(custom, current.Custom))
        {
            return await views.ShapeFreshAsync(caller, current, cancellationToken);
        }

        string[] fields = [.. request.Name.IsSet ? ["name"] : Array.Empty<string>(), .. patch.Clears ? ["custom"] : Array.Empty<string>(), .. request.Frozen.IsSet ? ["frozen"] : Array.Empty<string>(), .. request.SlowModeSeconds.IsSet ? ["slowModeSeconds"] : Array.Empty<string>()];
        var data = new ConversationChangedData(request.Name.Value, Custom: null, fields, patch.Merge, request.Frozen.IsSet ? request.Frozen.Value : null, request.SlowModeSeconds.IsSet ? request.SlowModeSeconds.Value : null);
        var (_, changed) = await writer.WriteAsync(caller, id, EntryTypes.ConversationChanged, data, CoreJsonContext.Default.ConversationChangedData, clientId: null, cancellationToken);
        return await views.ShapeFreshAsync(caller, changed, cancellationToken);
    }

    /// <summary>Deletes a conversation for everyone; for owners and the backend (a direct one has no owner: only the backend may). Its id is never given again: its two people's next direct one is a fresh one.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>.</exception>
    public async Task DeleteAsync(Caller caller, ConversationId id, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, id, Right.DeleteConversation, cancellationToken);
        var (entry, _) = await writer.WriteAsync(caller, id, EntryTypes.ConversationDeleted, new(), CoreJsonContext.Default.ConversationDeletedData, "$deleted", cancellationToken);
        await departures.AnnounceAsync(entry, CancellationToken.None);
    }

    private static bool SameJson(JsonElement? one, JsonElement? other) => one is { } a && other is { } b ? JsonElement.DeepEquals(a, b) : one is null && other is null;

    /// <summary>Without the last message: this answer may be kept under an <c>Idempotency-Key</c>, and what is erased must not stand in kept answers.</summary>
    private async Task<ConversationResponse> ShapeAsync(Caller caller, Conversation conversation, CancellationToken cancellationToken) =>
        await views.ShapeFreshAsync(caller, conversation, cancellationToken) with { LastMessage = null };
}
