using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Members;

namespace Caas.Core.Conversations;

/// <summary>Creates or changes many groups and channels: what a backend does that keeps them in step with its own.</summary>
public sealed class ConversationBatch(ConversationService conversations, MemberService members, IConversationStore store)
{
    public const int Most = 100;

    private static readonly Optional<JsonElement> Nothing = new(default(JsonElement));

    /// <summary>Each is created, or gets the batch's name, custom data (as a whole) and those members who are missing; nobody is removed, and no role is changed. All are checked before the first is stored.</summary>
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
                items.Add(new(wanted.Id!, await UpsertAsync(caller, wanted, cancellationToken)));
            }
            catch (RefusedException refused) when (refused.Refusal != Refusal.Unavailable)
            {
                items.Add(new(wanted.Id!, Created: false, refused.Refusal.Code, refused.Detail));
            }
        }

        return new(items);
    }

    private async Task<bool> UpsertAsync(Caller caller, CreateConversationRequest wanted, CancellationToken cancellationToken)
    {
        var id = new ConversationId(wanted.Id!);
        if (await store.FindAsync(caller.Tenant, id, cancellationToken) is not { } found)
        {
            try
            {
                return (await conversations.CreateAsync(caller, wanted, cancellationToken)).Created;
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
        foreach (var group in ConversationRules.Seeds(wanted, creator: null).GroupBy(seed => seed.Role))
        {
            foreach (var some in group.Chunk(MemberService.MostAtOnce))
            {
                await members.AddAsync(caller, id, new([.. some.Select(seed => seed.UserId)], group.Key), cancellationToken);
            }
        }

        return false;
    }

    private async Task ChangeAsync(Caller caller, Conversation found, CreateConversationRequest wanted, CancellationToken cancellationToken)
    {
        var custom = wanted.Custom.OrNull();
        var sameCustom = (custom, found.Custom) is ({ } one, { } other) ? JsonElement.DeepEquals(one, other) : custom is null && found.Custom is null;
        if (found.Name == wanted.Name && sameCustom)
        {
            return;
        }

        if (!sameCustom && custom is not null && found.Custom is not null)
        {
            // As a whole: cleared first, so that nothing of before is merged.
            await conversations.UpdateAsync(caller, found.Id, new() { Custom = Nothing }, cancellationToken);
        }

        await conversations.UpdateAsync(caller, found.Id, new() { Name = wanted.Name, Custom = sameCustom ? default : custom is { } given ? given : Nothing }, cancellationToken);
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
