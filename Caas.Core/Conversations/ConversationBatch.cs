using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Custom;
using Caas.Core.Members;

namespace Caas.Core.Conversations;

/// <summary>Creates or changes many groups and channels: what a backend does that keeps them in step with its own.</summary>
public sealed class ConversationBatch(ConversationService conversations, MemberService members, MemberDirectory directory, IConversationStore store)
{
    public const int Most = 100;

    private static readonly Optional<JsonElement> Nothing = new(default(JsonElement));

    /// <summary>Each is created, or gets the batch's name, custom data (as a whole) and those members who are missing; nobody is removed, and no role is changed. Who is banned is left out, and the item says so. All are checked before the first is stored.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c> with every field, <c>not_allowed</c>, <c>insufficient_scope</c>. What only one is refused for stands in its item.</exception>
    public async Task<UpsertConversationsResponse> UpsertAsync(Caller caller, UpsertConversationsRequest request, CancellationToken cancellationToken)
    {
        caller.RequireBackend(Scopes.ConversationsWrite);
        Require(request.Conversations);
        var items = new List<UpsertedConversation>(request.Conversations.Count);
        foreach (var wanted in request.Conversations)
        {
            try
            {
                items.Add(await UpsertAsync(caller, wanted, cancellationToken));
            }
            catch (RefusedException refused) when (refused.Refusal != Refusal.Unavailable)
            {
                items.Add(new(wanted.Id!, Created: false, refused.Refusal.Code, refused.Detail));
            }
        }

        return new(items);
    }

    private async Task<UpsertedConversation> UpsertAsync(Caller caller, CreateConversationRequest wanted, CancellationToken cancellationToken)
    {
        var id = new ConversationId(wanted.Id!);
        if (await store.FindAsync(caller.Tenant, id, cancellationToken) is not { } found)
        {
            try
            {
                return await CreateAsync(caller, id, wanted, cancellationToken);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.IdTaken)
            {
                // Somebody was faster, or it is not projected yet.
                found = await store.FindAsync(caller.Tenant, id, cancellationToken);
                if (found is null)
                {
                    throw;
                }
            }
        }

        if (found.DeletedAt is not null)
        {
            throw Refusal.IdTaken.AsException();
        }

        if (found.Type != wanted.Type)
        {
            throw Refusal.ValidationFailed.With("type", "cannot be changed");
        }

        await ChangeAsync(caller, found, wanted, cancellationToken);
        RefusedException? banned = null;
        foreach (var group in ConversationRules.Seeds(wanted, creator: null).GroupBy(seed => seed.Role))
        {
            foreach (var some in group.Chunk(MemberService.MostAtOnce))
            {
                banned = await AddAsync(caller, id, [.. some.Select(seed => seed.UserId)], group.Key, cancellationToken) ?? banned;
            }
        }

        return new(id.Value, Created: false, banned?.Refusal.Code, banned?.Detail);
    }

    private async Task<UpsertedConversation> CreateAsync(Caller caller, ConversationId id, CreateConversationRequest wanted, CancellationToken cancellationToken)
    {
        try
        {
            return new(id.Value, (await conversations.CreateAsync(caller, wanted, cancellationToken)).Created);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.Banned)
        {
            var banned = (await directory.FindBannedAsync(caller.Tenant, id, [.. ConversationRules.Seeds(wanted, creator: null).Select(seed => new UserId(seed.UserId))], cancellationToken)).Select(user => user.Value).ToHashSet();
            var others = wanted with { MemberIds = wanted.MemberIds?.Where(user => !banned.Contains(user)).ToArray(), Members = wanted.Members?.Where(member => !banned.Contains(member.UserId)).ToArray() };
            return new(id.Value, (await conversations.CreateAsync(caller, others, cancellationToken)).Created, refused.Refusal.Code, refused.Detail);
        }
    }

    /// <returns>Who was left out; null: nobody.</returns>
    private async Task<RefusedException?> AddAsync(Caller caller, ConversationId id, string[] users, MemberRole role, CancellationToken cancellationToken)
    {
        try
        {
            await members.AddAsync(caller, id, new(users, role), cancellationToken);
            return null;
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.Banned)
        {
            var banned = (await directory.FindBannedAsync(caller.Tenant, id, [.. users.Select(user => new UserId(user))], cancellationToken)).Select(user => user.Value).ToHashSet();
            if (users.Where(user => !banned.Contains(user)).ToArray() is { Length: > 0 } others)
            {
                await members.AddAsync(caller, id, new(others, role), cancellationToken);
            }

            return refused;
        }
    }

    private async Task ChangeAsync(Caller caller, Conversation found, CreateConversationRequest wanted, CancellationToken cancellationToken)
    {
        var custom = wanted.Custom.OrNull();
        var sameCustom = (custom, found.Custom) is ({ } one, { } other) ? JsonElement.DeepEquals(one, other) : custom is null && found.Custom is null;
        if (found.Name == wanted.Name && sameCustom)
        {
            return;
        }

        // As a whole, and by one entry: what it had and is not to have goes by the same patch.
        var change = custom is not { } given ? Nothing : found.Custom is { } before ? MergePatch.Between(before, given) : given;
        await conversations.UpdateAsync(caller, found.Id, new() { Name = wanted.Name, Custom = sameCustom ? default : change }, cancellationToken);
    }

    private static void Require(IReadOnlyList<CreateConversationRequest> batch)
    {
        new Validation().Check(batch.Count is > 0 and <= Most, "conversations", $"must be 1 to {Most}").ThrowIfAny();
        var (validation, seen) = (new Validation(), new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < batch.Count; i++)
        {
            var field = $"conversations[{i}]";
            if (batch[i] is not { } one)
            {
                validation.Check(false, field, "must not be null");
                continue;
            }

            validation.Check(one.Id is not null, $"{field}.id", "must be set").Check(one.Id is null || seen.Add(one.Id), $"{field}.id", "stands in the batch twice").Check(one.Type != ConversationType.Direct, $"{field}.type", "must be group or channel");
            try
            {
                ConversationRules.Require(one);
            }
            catch (RefusedException refused)
            {
                foreach (var (name, messages) in refused.Errors ?? new Dictionary<string, string[]>())
                {
                    validation.Check(false, $"{field}.{name}", messages[0]);
                }
            }
        }

        validation.ThrowIfAny();
    }
}
