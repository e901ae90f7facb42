using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Visibility;

namespace Caas.Core.Reactions;

/// <summary>Reactions: one per user, emoji and message. Repeating one changes nothing.</summary>
public sealed class ReactionService(IReactionStore reactions, MessageWriter writer, Membership membership)
{
    /// <summary>The most different emojis on one message.</summary>
    public const int MaxEmojis = 50;

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>message_not_found</c>, <c>not_allowed</c>, <c>limit_reached</c>, <c>on_behalf_of_required</c>.</exception>
    public async Task<ChangedMessage> AddAsync(Caller caller, ConversationId conversation, string messageId, string emoji, string? clientId, CancellationToken cancellationToken)
    {
        emoji = Require(emoji, clientId);
        var (message, user, reaction) = await FindAsync(caller, conversation, messageId, emoji, cancellationToken);
        if (reaction is { Removed: false })
        {
            return await writer.AnswerAsync(caller, message, reaction.Seq, cancellationToken);
        }

        var shown = message.Message!.SeenBy(user).Reactions;
        if (!shown.ContainsKey(emoji) && shown.Count >= MaxEmojis)
        {
            throw Refusal.LimitReached.With($"A message has at most {MaxEmojis} different reactions.");
        }

        return await ChangeAsync(caller, message, user, EntryTypes.ReactionAdded, emoji, clientId, cancellationToken);
    }

    /// <summary>Takes a reaction back; without one nothing changes.</summary>
    /// <exception cref="RefusedException">What <see cref="AddAsync"/> refuses.</exception>
    public async Task<ChangedMessage> RemoveAsync(Caller caller, ConversationId conversation, string messageId, string emoji, string? clientId, CancellationToken cancellationToken)
    {
        emoji = Require(emoji, clientId);
        var (message, user, reaction) = await FindAsync(caller, conversation, messageId, emoji, cancellationToken);
        return reaction is { Removed: false }
            ? await ChangeAsync(caller, message, user, EntryTypes.ReactionRemoved, emoji, clientId, cancellationToken)
            : await writer.AnswerAsync(caller, message, reaction?.Seq ?? message.Rev, cancellationToken);
    }

    /// <summary>The emoji in its one form.</summary>
    private static string Require(string emoji, string? clientId)
    {
        var form = Emoji.Normalize(emoji);
        MessageRules.ClientId(new(), clientId).Check(form is not null, "emoji", Emoji.Expected).ThrowIfAny();
        return form!;
    }

    private async Task<(Entry Message, UserId User, Reaction? Reaction)> FindAsync(Caller caller, ConversationId conversation, string messageId, string emoji, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        await membership.RequireAsync(caller, conversation, Right.React, cancellationToken);

        // What is decided here must not rest on a row that an unfolded entry has overtaken.
        var message = await writer.FoldAsync(await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken), cancellationToken);
        if (message.Message!.DeletedAt is not null)
        {
            throw Refusal.NotAllowed.With("The message is deleted.");
        }

        var own = message.Message.ShadowOf(user)?.Rows.FirstOrDefault(row => row.Key == emoji);
        return (message, user, own is null ? await reactions.FindAsync(message.Log, message.Seq, emoji, user, cancellationToken) : new(message.Seq, emoji, user, own.Seq, own.Removed));
    }

    private Task<ChangedMessage> ChangeAsync(Caller caller, Entry message, UserId user, string type, string emoji, string? clientId, CancellationToken cancellationToken)
    {
        var data = new ReactionData(message.Id, emoji);
        var hash = ContentHash.Of($"{type}/{user}", data, CoreJsonContext.Default.ReactionData);
        return writer.ChangeAsync(caller, message, type, JsonSerializer.SerializeToElement(data, CoreJsonContext.Default.ReactionData), hash, clientId, cancellationToken);
    }
}
