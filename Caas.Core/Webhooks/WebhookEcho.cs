using System.Text.Encodings.Web;
using System.Text.Json;

namespace Caas.Core.Webhooks;

/// <summary>
/// Answers of receivers are kept for days, and their senders cannot be asked to forget. So one that repeats what the event says, as test endpoints and error pages do, is not kept: what is deleted or
/// erased here would go on standing in it.
/// </summary>
internal static class WebhookEcho
{
    /// <summary>So much of a text is looked for: an answer is cut off, and may have cut it off.</summary>
    private const int Beginning = 16;

    /// <summary>What is shorter is looked for in quotes only: it stands in other words everywhere.</summary>
    private const int Shortest = 3;

    /// <summary>What tells nothing of people.</summary>
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal) { "id", "type", "role", "media", "status", "conversationId", "messageId", "attachmentId", "callId", "clientMessageId" };

    /// <summary>How most write JSON: letters beyond ASCII as they are, or escaped.</summary>
    private static readonly JavaScriptEncoder[] Encoders = [JavaScriptEncoder.UnsafeRelaxedJsonEscaping, JavaScriptEncoder.Default];

    /// <returns>The answer; null: there is none, or it repeats something of the event's data.</returns>
    public static string? Without(ReadOnlyMemory<byte> cloudEvent, string? answer)
    {
        if (answer is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(cloudEvent);
        return document.RootElement.TryGetProperty("data", out var data) && Repeats(answer, data) ? null : answer;
    }

    private static bool Repeats(string answer, JsonElement said) => said.ValueKind switch
    {
        JsonValueKind.Object => said.EnumerateObject().Any(field => !Names.Contains(field.Name) && !field.Name.EndsWith("At", StringComparison.Ordinal) && field.Name != "at" && Repeats(answer, field.Value)),
        JsonValueKind.Array => said.EnumerateArray().Any(item => Repeats(answer, item)),
        JsonValueKind.String => Repeats(answer, said.GetString()!),
        _ => false,
    };

    private static bool Repeats(string answer, string text)
    {
        var beginning = text.Length > Beginning ? text[..(char.IsHighSurrogate(text[Beginning - 1]) ? Beginning - 1 : Beginning)] : text;
        return beginning.Length switch
        {
            0 => false,
            < Shortest => answer.Contains($"\"{beginning}\"", StringComparison.Ordinal),
            _ => Encoders.Select(encoder => JsonEncodedText.Encode(beginning, encoder).Value).Prepend(beginning).Any(written => answer.Contains(written, StringComparison.Ordinal)),
        };
    }
}
