using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Visibility;

namespace Caas.Core.Conversations;

/// <summary>
/// How a conversation and its members change: append the entry, fold it, tell those who watch. Shared by conversations and members.
/// What was begun does not end with its caller: an entry that is stored is folded and told.
/// </summary>
public sealed class ConversationWriter(EntryAppender appender, EntryDrafts drafts, ConversationFolder folder, Membership membership, BanDirectory bans, IEntryBroadcaster broadcaster)
{
    /// <summary>Brings a conversation up to date before something is decided by its state.</summary>
    public Task<Conversation?> FoldAsync(TenantId tenant, ConversationId id, CancellationToken cancellationToken) => folder.FoldAsync(tenant, id, cancellationToken);

    /// <summary>Appends one entry about the conversation itself and folds it.</summary>
    /// <param name="clientId">The caller's id for this change; null: one is made.</param>
    /// <param name="onlyFirst">Whether it makes the conversation.</param>
    /// <returns>The entry, and the conversation after it.</returns>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>, <c>unavailable</c>; <c>id_taken</c> with <paramref name="onlyFirst"/>.</exception>
    public async Task<(Entry Entry, Conversation Conversation)> WriteAsync<T>(Caller caller, ConversationId id, string type, T data, JsonTypeInfo<T> typeInfo, string? clientId, CancellationToken cancellationToken, bool onlyFirst = false)
    {
        var draft = Draft(caller, id, type, data, typeInfo, clientId) with { OnlyFirst = onlyFirst };
        var (written, conversation) = await WriteAsync(caller.Tenant, id, [draft], cancellationToken);
        return (written[0], conversation);
    }

    /// <summary>An entry about the conversation itself, to be written.</summary>
    internal EntryDraft Draft<T>(Caller caller, ConversationId id, string type, T data, JsonTypeInfo<T> typeInfo, string? clientId = null) =>
        drafts.Create(caller, LogId.Of(caller.Tenant, id), type, ContentHash.Of(type, data, typeInfo), EntryTarget.Log, clientId) with { Data = JsonSerializer.SerializeToElement(data, typeInfo) };

    /// <summary>Appends entries that belong together, behind each other, and folds them at once.</summary>
    internal async Task<(IReadOnlyList<Entry> Entries, Conversation Conversation)> WriteAsync(TenantId tenant, ConversationId id, IReadOnlyList<EntryDraft> together, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var appended = await appender.AppendTogetherAsync(await MarkAsync(tenant, id, together, cancellationToken), CancellationToken.None);

        // Durable. From here on a failure is repaired by whoever folds next.
        var conversation = await folder.FoldAsync(tenant, id, CancellationToken.None) ?? throw Refusal.ConversationNotFound.AsException();
        membership.Forget(tenant, id, user: null);
        foreach (var (entry, _) in appended.Where(one => !one.Duplicate))
        {
            broadcaster.Broadcast(tenant, Viewer.Deliver(new(entry)));
        }

        return ([.. appended.Select(one => one.Entry)], conversation);
    }

    /// <summary>Marks those by which a shadow-banned user draws others in: everybody sees who is a member, and nobody is notified.</summary>
    private async Task<IReadOnlyList<EntryDraft>> MarkAsync(TenantId tenant, ConversationId id, IReadOnlyList<EntryDraft> together, CancellationToken cancellationToken)
    {
        var marked = new List<EntryDraft>(together.Count);
        foreach (var draft in together)
        {
            var draws = draft is { Type: EntryTypes.MemberAdded or EntryTypes.ConversationCreated, ActorId: not null };
            marked.Add(draws && await bans.IsShadowedAsync(tenant, new(draft.ActorId!), id, cancellationToken) ? draft with { Shadowed = true } : draft);
        }

        return marked;
    }
}
