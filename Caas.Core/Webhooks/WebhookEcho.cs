using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Caas.Core.Webhooks;

/// <summary>
/// Answers of receivers are kept for days, and their senders cannot be asked to forget. So one that repeats what the event says, as test endpoints and error pages do, is not kept: what is deleted or
/// erased here would go on standing in it.
/// </summary>
internal static partial class WebhookEcho
{
    /// <summary>So much of a text is looked for: an answer is cut off, and may have cut it off.</summary>
    private const int Beginning = 16;

    /// <summary>What is shorter is looked for in quotes only: it stands in other words everywhere.</summary>
    private const int Shortest = 3;

    /// <summary>What tells nothing of people.</summary>
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal) { "id", "type", "role", "media", "status", "conversationId", "messageId", "attachmentId", "callId", "clientMessageId" };

    /// <returns>The answer; null: there is none, or it repeats something of the event's data.</returns>
    public static string? Without(ReadOnlyMemory<byte> cloudEvent, string? answer)
    {
        if (answer is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(cloudEvent);
        return document.RootElement.TryGetProperty("data", out var data) && Readings(answer).Any(reading => Repeats(reading, data)) ? null : answer;
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
            _ => answer.Contains(beginning, StringComparison.Ordinal),
        };
    }

    /// <summary>It as it is, and without the ways in which JSON and HTML write characters otherwise, whatever language has written them, and JSON within JSON.</summary>
    private static HashSet<string> Readings(string answer)
    {
        HashSet<string> readings = [answer, WebUtility.HtmlDecode(answer)];
        for (var depth = 0; depth < 2; depth++)
        {
            readings.UnionWith([.. readings.Select(Unescaped)]);
        }

        return readings;
    }

    private static string Unescaped(string text) => Escape().Replace(text, match => match.Value[1] switch
    {
        'u' => ((char)int.Parse(match.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString(),
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'b' => "\b",
        'f' => "\f",
        var itself => itself.ToString(),
    });

    [GeneratedRegex(@"\\(?:u[0-9a-fA-F]{4}|[nrtbf""/\\])", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();
}
