using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Json;
using Caas.Core.Messages;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>Reads what may notify somebody now, or take something back: nothing too old, nothing of a conversation that is gone, and of an edit what it newly says to whom.</summary>
public sealed class HappeningReader(IConversationStore conversations, IEntryStore entries, IOptions<NotificationOptions> options, TimeProvider clock)
{
    private const int Batch = 100;

    /// <returns>Null: it notifies nobody.</returns>
    /// <exception cref="UnprocessableEventException">It is none of our events.</exception>
    public async Task<(Happening Happening, Conversation Conversation)?> ReadAsync(EventRecord record, CancellationToken cancellationToken)
    {
        if (Happening.Read(record) is not { } happening || (!happening.TakesBack && happening.Type != HappeningType.Edit && IsOld(happening))
            || await conversations.FindAsync(happening.Log.Tenant, happening.Conversation, cancellationToken) is not { } conversation
            || (conversation.DeletedAt is not null && !happening.TakesBack))
        {
            return null;
        }

        return (happening, conversation);
    }

    /// <summary>An edit concerns those whom it mentions and no version before did: once, however often it is edited, and the same each time that it is asked.</summary>
    /// <returns>Null: nobody, or it is too old.</returns>
    public async Task<Happening?> NarrowAsync(Happening edit, CancellationToken cancellationToken)
    {
        // Where it was the last one when the feed was written it is told there what it says: of one that names nobody nothing is read, however much has happened to the message.
        if (IsOld(edit) || (edit.Message is { Mentions: [], MentionsHere: false, MentionsChannel: false } now && now.EditedAt == edit.At))
        {
            return null;
        }

        if (await entries.ReadManyAsync(edit.Log, [edit.Message!.Seq], cancellationToken) is not [{ Message: { DeletedAt: null } state } message])
        {
            return null;
        }

        var content = state.Original ?? state.Content;
        var (named, everybody) = (Named(content).ToHashSet(), IsToAll(content));
        for (var after = message.Seq; after < edit.Seq;)
        {
            var changes = await entries.ReadChangesAsync(edit.Log, message.Seq, after, Batch, cancellationToken);
            foreach (var change in changes.Where(change => change is { Type: EntryTypes.MessageEdited, Shadowed: false }))
            {
                content = change.Data?.Deserialize(CoreJsonContext.Default.MessageEditedData)?.ApplyTo(content) ?? content;
                if (change.Seq == edit.Seq)
                {
                    return everybody ? null
                        : IsToAll(content) ? edit with { Except = named }
                        : Named(content).Except(named).Select(user => new UserId(user)).ToArray() is { Length: > 0 } newly ? edit with { Only = newly }
                        : null;
                }

                named.UnionWith(Named(content));
                everybody |= IsToAll(content);
            }

            if (changes.Count < Batch)
            {
                return null;
            }

            after = changes[^1].Seq;
        }

        return null;
    }

    private bool IsOld(Happening happening) => clock.GetUtcNow() - happening.At > happening.MostAge(options.Value.MostAge);

    private static IEnumerable<string> Named(MessageContent content) => content.Mentions.Concat(content.TextMentions ?? []);

    private static bool IsToAll(MessageContent content) => content.MentionsHere || content.MentionsChannel;
}
