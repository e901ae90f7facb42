using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Custom;
using Caas.Core.Messages;

namespace Caas.Core.BeforeSend;

/// <summary>What a hook is shown of a message, and what it makes of the call that wants it stored.</summary>
internal static class HookChanges
{
    public static BeforeSendMessage Shown(MessageContent content, SendMessageRequest request) =>
        new(content.Text, content.Attachments, content.Mentions, content.Custom, request.ThreadOf, request.QuoteOf, request.Poll);

    /// <summary>Of an edit: its poll is what no edit changes, and what it quotes says nothing new.</summary>
    public static BeforeSendMessage Shown(MessageContent content, MessageState seen) => new(content.Text, content.Attachments, content.Mentions, content.Custom, seen.ThreadOf, null, null);

    public static SendMessageRequest With(this SendMessageRequest request, BeforeSendChange change) => request with
    {
        Text = change.Text.Or(request.Text),
        Attachments = change.Attachments.Or(request.Attachments),
        Mentions = change.Mentions.Or(request.Mentions),
        Custom = change.Custom.IsSet ? ((JsonElement?)change.Custom.Value).OrNull() : request.Custom,
    };

    /// <param name="custom">The message's custom data before the edit: what the hook wants is told as the difference, as an edit's is.</param>
    public static EditMessageRequest With(this EditMessageRequest request, BeforeSendChange change, JsonElement? custom) => request with
    {
        Text = change.Text.IsSet ? change.Text : request.Text,
        Attachments = change.Attachments.IsSet ? change.Attachments : request.Attachments,
        Mentions = change.Mentions.IsSet ? change.Mentions : request.Mentions,
        Custom = !change.Custom.IsSet ? request.Custom
            : change.Custom.Value is { ValueKind: JsonValueKind.Object } wanted && custom is { ValueKind: JsonValueKind.Object } before ? MergePatch.Between(before, wanted)
            : change.Custom,
    };
}
