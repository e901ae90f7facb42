using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.BeforeSend;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Custom;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Mentions;
using Caas.Core.Moderation;
using Caas.Core.Polls;
using Caas.Core.Spam;
using Caas.Core.Usage;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>The one write path of messages: REST and hub call it alike.</summary>
public sealed class MessageService(FirstAnswers first, MessageWriter writer, Membership membership, MentionResolver mentions, EditWindow editWindow, MessageScreen screen, AttachmentReferences references, MessageUsage usage)
{
    /// <summary>Stores a message and tells those who watch. Durable when it returns. What was stored is answered so again, also to who may not send any more.</summary>
    /// <param name="idempotencyKey">Used as client id when the request has none.</param>
    /// <param name="derivedId">A client id that the platform made, which begins with <c>$</c>: before all others.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>, <c>message_not_found</c> (of <c>threadOf</c> and <c>quoteOf</c>), <c>attachment_not_found</c>, <c>attachment_not_ready</c>, <c>quota_exceeded</c>, <c>content_blocked</c>, <c>rejected_by_hook</c>, <c>client_message_id_reused</c>, <c>unavailable</c>.</exception>
    public Task<SentMessage> SendAsync(Caller caller, ConversationId conversation, SendMessageRequest request, string? idempotencyKey, CancellationToken cancellationToken, string? derivedId = null) =>
        screen.OnceAsync(count => SendOnceAsync(caller, conversation, request, idempotencyKey, derivedId, count, cancellationToken));

    private async Task<SentMessage> SendOnceAsync(Caller caller, ConversationId conversation, SendMessageRequest request, string? idempotencyKey, string? derivedId, SpamCount count, CancellationToken cancellationToken)
    {
        var clientId = request.ClientMessageId ?? idempotencyKey;
        MessageRules.Require(request, clientId);
        clientId = derivedId ?? clientId;
        var hash = ContentHash.Of(EntryTypes.MessageCreated, request with { ClientMessageId = null }, CoreJsonContext.Default.SendMessageRequest);
        try
        {
            return await StoreAsync(caller, conversation, request, clientId, hash, count, cancellationToken);
        }
        catch (RefusedException) when (clientId is not null)
        {
            if (await first.FindAsync(caller, LogId.Of(caller.Tenant, conversation), request, clientId, hash, cancellationToken) is { } answer)
            {
                return answer;
            }

            throw;
        }
    }

    private async Task<SentMessage> StoreAsync(Caller caller, ConversationId conversation, SendMessageRequest request, string? clientId, string hash, SpamCount count, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Write, cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        var root = request.ThreadOf is { } threadOf ? await writer.RequireRootAsync(caller, log, threadOf, cancellationToken) : null;
        var quoted = request.QuoteOf is { } quoteOf ? await writer.RequireAsync(caller, log, quoteOf, cancellationToken) : null;
        request = await screen.JudgeAsync(caller, standing, request, clientId, count, cancellationToken);
        var state = await StateOfAsync(caller, standing, request, cancellationToken);
        var call = new BeforeSendCall(caller, standing, Right.Write, clientId, hash, null, HookChanges.Shown(state.Content, request));
        state = await screen.AskAsync(call, state, async change => await StateOfAsync(caller, standing, await screen.JudgeChangedAsync(caller, request.With(change), cancellationToken), cancellationToken), cancellationToken);
        await screen.TakeTurnAsync(caller, standing, clientId, cancellationToken);
        return usage.Count(caller, await writer.CreateAsync(caller, log, state with { ThreadOf = root?.Id, QuoteSeq = quoted?.Seq ?? 0 }, root, hash, clientId, cancellationToken));
    }

    /// <summary>Edits one's own message (the backend: any) within the edit window. An edit that changes nothing makes no entry.</summary>
    /// <exception cref="RefusedException"><c>message_not_found</c>, <c>not_allowed</c> and what <see cref="SendAsync"/> refuses.</exception>
    public async Task<ChangedMessage> EditAsync(Caller caller, ConversationId conversation, string messageId, EditMessageRequest request, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.EditOwn, cancellationToken);
        var message = await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        var clientId = request.ClientMessageId ?? idempotencyKey;
        var custom = CustomPatch.Of(request.Custom);
        custom.Check(MessageRules.ClientId(new(), clientId))
            .Check(request.Text.IsSet || request.Attachments.IsSet || request.Mentions.IsSet || custom.IsSet, "text", "or attachments, mentions or custom is required: an edit names what it changes")
            .ThrowIfAny();
        var fingerprint = Fingerprint(message.Id, request);
        if (clientId is not null && await writer.FindChangeAsync(caller, message, clientId, fingerprint, cancellationToken) is { } earlier)
        {
            // The same edit again gets the same answer, also when the message could no longer be edited.
            return await writer.AnswerAsync(caller, message, earlier.Seq, cancellationToken);
        }

        RequireChangeable(message);
        if (!caller.IsSystem && message.ActorId != caller.User?.Value)
        {
            throw Refusal.NotAllowed.With("Only its sender may edit a message.");
        }

        await editWindow.RequireOpenAsync(caller, message, cancellationToken);
        var current = await writer.FoldAsync(message, cancellationToken);
        var seen = current.Message!.SeenBy(caller.User);
        var made = await EditedAsync(caller, standing, seen, request, text => screen.JudgeAsync(caller, standing, text, cancellationToken), cancellationToken);
        if (SameAs(seen.Content, made.Content))
        {
            return await writer.AnswerAsync(caller, current, current.Rev, cancellationToken);
        }

        var call = new BeforeSendCall(caller, standing, Right.EditOwn, clientId, fingerprint, message.Id, HookChanges.Shown(made.Content, seen));
        made = await screen.AskAsync(call, made, change => EditedAsync(caller, standing, seen, request.With(change, seen.Custom), text => screen.JudgeChangedAsync(caller, text, cancellationToken), cancellationToken), cancellationToken);
        if (SameAs(seen.Content, made.Content))
        {
            return await writer.AnswerAsync(caller, current, current.Rev, cancellationToken);
        }

        if (made.Request.Attachments.IsSet)
        {
            await references.ClaimAsync(message.Log, message.Id, made.Content.Attachments, cancellationToken);
        }

        // The patch, not what it makes here: another edit at the same moment keeps what it sets.
        var edit = new MessageEditedData(message.Id, made.Content with { Custom = null }, FieldsOf(made.Request, made.Custom), made.Custom.Merge);
        var data = JsonSerializer.SerializeToElement(edit, CoreJsonContext.Default.MessageEditedData);
        return await writer.ChangeAsync(caller, message, EntryTypes.MessageEdited, data, fingerprint, clientId, cancellationToken);
    }

    /// <summary>Deletes for everyone; final; for the sender, moderators, owners and the backend. Deleting again changes nothing.</summary>
    public async Task<ChangedMessage> DeleteAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        var own = caller.User is { } user && message.ActorId == user.Value && standing.May(Right.DeleteOwn, caller);
        if (!own && !standing.May(Right.DeleteOthers, caller))
        {
            throw Refusal.NotAllowed.With("Only its sender and moderators may delete a message.");
        }

        if (message.Message!.DeletedAt is not null)
        {
            return await writer.AnswerAsync(caller, message, message.Rev, cancellationToken);
        }

        return await writer.DeleteAsync(caller, message, cancellationToken);
    }

    private async Task<MessageState> StateOfAsync(Caller caller, Standing standing, SendMessageRequest request, CancellationToken cancellationToken)
    {
        var mentioned = await mentions.ResolveAsync(caller, standing, request.Text, request.Mentions, cancellationToken);
        return new()
        {
            Text = request.Text,
            Attachments = await references.ResolveAsync(caller, request.Attachments, cancellationToken),
            Mentions = mentioned.Named,
            TextMentions = mentioned.InText,
            MentionsHere = mentioned.Here,
            MentionsChannel = mentioned.Channel,
            Custom = request.Custom.OrNull(),
            Poll = PollRules.Create(request.Poll),
        };
    }

    /// <summary>What an edit makes of a message.</summary>
    /// <param name="judge">What may be stored of its text.</param>
    private async Task<Edited> EditedAsync(Caller caller, Standing standing, MessageState seen, EditMessageRequest request, Func<string?, ValueTask<string?>> judge, CancellationToken cancellationToken)
    {
        var custom = CustomPatch.Of(request.Custom);
        var content = Merge(seen, request, custom);
        content = request.Text.IsSet ? content with { Text = await judge(content.Text) } : content;
        MessageRules.Require(content, seen.Poll is not null);
        content = await mentions.ResolveAsync(caller, standing, content, request, cancellationToken);
        content = request.Attachments.IsSet ? content with { Attachments = await references.ResolveAsync(caller, content.Attachments, cancellationToken) } : content;
        return new(request, custom, content);
    }

    /// <summary>Whether an edit would change nothing.</summary>
    private static bool SameAs(MessageContent one, MessageContent other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, CoreJsonContext.Default.MessageContent).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, CoreJsonContext.Default.MessageContent));

    private static string[] FieldsOf(EditMessageRequest request, CustomPatch custom) =>
    [
        .. request.Text.IsSet ? ["text"] : Array.Empty<string>(),
        .. request.Attachments.IsSet ? ["attachments"] : Array.Empty<string>(),
        .. request.Mentions.IsSet ? ["mentions"] : Array.Empty<string>(),
        .. custom.Clears ? ["custom"] : Array.Empty<string>(),
    ];

    private static MessageContent Merge(MessageState state, EditMessageRequest request, CustomPatch custom) => state.Content with
    {
        Text = request.Text.Or(state.Text),
        Attachments = request.Attachments.Or(state.Attachments) ?? [],
        Mentions = request.Mentions.Or(state.Mentions) ?? [],
        Custom = custom.ApplyTo(state.Custom),
    };

    private static string Fingerprint(string messageId, EditMessageRequest request) => ContentHash.Of(
        EntryTypes.MessageEdited,
        new(messageId, request.Text.IsSet, request.Text.Value, request.Attachments.IsSet, request.Attachments.Value, request.Mentions.IsSet, request.Mentions.Value, request.Custom.IsSet, request.Custom.IsSet ? ((JsonElement?)request.Custom.Value).OrNull() : null),
        CoreJsonContext.Default.EditFingerprint);

    /// <param name="Request">What is to change.</param>
    /// <param name="Custom">As the request says it.</param>
    private sealed record Edited(EditMessageRequest Request, CustomPatch Custom, MessageContent Content);

    private static void RequireChangeable(Entry message)
    {
        if (message.Message!.DeletedAt is not null)
        {
            throw Refusal.NotAllowed.With("The message is deleted.");
        }
    }
}

/// <param name="Duplicate">The client id was seen before: this is the first answer.</param>
public sealed record SentMessage(MessageResponse Message, bool Duplicate);

/// <param name="Seq">The seq of the entry that made the change.</param>
public sealed record ChangedMessage(MessageResponse Message, long Seq);
