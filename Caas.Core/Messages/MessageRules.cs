using System.Globalization;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Polls;

namespace Caas.Core.Messages;

/// <summary>What a message may hold. All that is wrong is told at once.</summary>
public static class MessageRules
{
    /// <summary>Characters (UTF-16 code units).</summary>
    public const int MaxText = 10_000;
    public const int MaxAttachments = 30;
    public const int MaxMentions = 50;

    /// <summary>Bytes of JSON.</summary>
    public const int MaxCustom = 8 * 1024;
    public const int MaxClientId = 128;

    /// <summary>Levels of objects and arrays in custom data. Far below what our JSON readers and writers take (32), since custom data stands inside attachments, messages, entries and pages.</summary>
    public const int MaxCustomDepth = 16;

    private const string Required = "must hold something to be seen, unless there are attachments, custom data or a poll";

    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static void Require(SendMessageRequest request, string? clientId)
    {
        var validation = Content(new(), request.Text, request.Attachments, request.Mentions, request.Custom)
            .Check(!IsBlank(request.Text) || request.Attachments is { Count: > 0 } || request.Custom is { ValueKind: not JsonValueKind.Null } || request.Poll is not null, "text", Required)
            .Check(request.ThreadOf is null || request.ThreadOf.Length is > 0 and <= 64, "threadOf", "must be a message id")
            .Check(request.QuoteOf is null || request.QuoteOf.Length is > 0 and <= 64, "quoteOf", "must be a message id");
        PollRules.Check(validation, request.Poll);
        ClientId(validation, clientId).ThrowIfAny();
    }

    /// <summary>What a message holds after an edit.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    /// <param name="hasPoll">Whether it has a poll, which no edit changes.</param>
    public static void Require(MessageContent content, bool hasPoll = false) =>
        Content(new(), content.Text, content.Attachments, content.Mentions, content.Custom)
            .Check(!IsBlank(content.Text) || content.Attachments.Count > 0 || content.Custom is not null || hasPoll, "text", Required)
            .ThrowIfAny();

    /// <summary>A client id is 1 to 128 printable characters and does not start with <c>$</c>, which marks those that the server makes.</summary>
    public static Validation ClientId(Validation validation, string? clientId) =>
        validation.Check(
            clientId is null || (clientId.Length is > 0 and <= MaxClientId && clientId[0] != '$' && !clientId.Any(char.IsControl) && IsWellFormed(clientId)),
            "clientMessageId",
            $"must be 1 to {MaxClientId} printable characters and not start with $");

    /// <summary>Custom data is a JSON object of at most 8 KiB and 16 levels.</summary>
    public static Validation Custom(Validation validation, JsonElement? custom, string field = "custom") =>
        custom is not { } given || given.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined
            ? validation
            : validation
                .Check(given.ValueKind == JsonValueKind.Object, field, "must be a JSON object")
                .Check(Encoding.UTF8.GetByteCount(given.GetRawText()) <= MaxCustom, field, $"must be at most {MaxCustom} bytes")
                .Check(IsNestedAtMost(given, MaxCustomDepth), field, $"must be nested at most {MaxCustomDepth} levels deep");

    /// <summary>About how many characters a message's content has.</summary>
    internal static int SizeOf(MessageState? state) =>
        state is null ? 0 : (state.Text?.Length ?? 0) + (state.Custom?.GetRawText().Length ?? 0) + (state.Attachments.Count * 256);

    private static bool IsNestedAtMost(JsonElement element, int levels) => element.ValueKind switch
    {
        JsonValueKind.Object => levels > 0 && element.EnumerateObject().All(property => IsNestedAtMost(property.Value, levels - 1)),
        JsonValueKind.Array => levels > 0 && element.EnumerateArray().All(item => IsNestedAtMost(item, levels - 1)),
        _ => true,
    };

    private static Validation Content(Validation validation, string? text, IReadOnlyList<Attachment>? attachments, IReadOnlyList<string>? mentions, JsonElement? custom)
    {
        validation
            .Check(text is null || text.Length <= MaxText, "text", $"must be at most {MaxText} characters")
            .Check(text is null || IsWellFormed(text), "text", "must be well-formed Unicode")
            .Check(text is null || !text.Contains('\0', StringComparison.Ordinal), "text", "must not hold the character U+0000")
            .Check(attachments is null || attachments.Count <= MaxAttachments, "attachments", $"must be at most {MaxAttachments}")
            .Check(mentions is null || mentions.Count <= MaxMentions, "mentions", $"must be at most {MaxMentions}")
            .Check(mentions is null || mentions.All(PublicId.IsValid), "mentions", "must be user ids");
        Custom(validation, custom);
        for (var i = 0; i < Math.Min(attachments?.Count ?? 0, MaxAttachments); i++)
        {
            Attachment(validation, attachments![i], $"attachments[{i}]");
        }

        return validation;
    }

    private static void Attachment(Validation validation, Attachment? attachment, string field)
    {
        if (attachment is null)
        {
            validation.Check(false, field, "must not be null");
            return;
        }

        validation
            .Check(attachment.Url is null ? attachment.AttachmentId is not null : IsWebUrl(attachment.Url), $"{field}.url", "must be an absolute http(s) URL of at most 2,048 characters, unless there is an attachmentId")
            .Check(attachment.AttachmentId is null || Guid.TryParseExact(attachment.AttachmentId, "D", out _), $"{field}.attachmentId", "must be an attachment's id")
            .Check(attachment.Width is null or > 0, $"{field}.width", "must be above 0")
            .Check(attachment.Height is null or > 0, $"{field}.height", "must be above 0")
            .Check(attachment.Type is null || attachment.Type.Length is > 0 and <= 255, $"{field}.type", "must be 1 to 255 characters")
            .Check(attachment.Name is null || (attachment.Name.Length is > 0 and <= 255 && IsWellFormed(attachment.Name)), $"{field}.name", "must be 1 to 255 characters")
            .Check(attachment.Size is null or >= 0, $"{field}.size", "must not be negative");
        Custom(validation, attachment.Custom, $"{field}.custom");
    }

    private static bool IsWebUrl(string? url) =>
        url is { Length: > 0 and <= 2048 } && Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    /// <summary>Whether nothing of a text can be seen: white space, control characters and those without a width.</summary>
    private static bool IsBlank(string? text) =>
        text is null || text.EnumerateRunes().All(rune => Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format);

    /// <summary>Whether no surrogate stands alone: such a text could not be stored as it is.</summary>
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
