using System.Buffers;
using System.Text;

namespace Caas.Core.Mentions;

/// <summary>
/// Finds mentions in a text: <c>@</c> and a user id, or <c>here</c> or <c>channel</c>. The <c>@</c> does not stand behind a letter, a digit or another character of ids, so that an address
/// (<c>ann@example.com</c>) mentions nobody. Ids may end with characters that also end sentences: the longest that is a member's counts.
/// </summary>
public static class MentionMarkers
{
    /// <summary>So many of a text are looked at.</summary>
    public const int Most = 100;

    public const string Here = "here";
    public const string Channel = "channel";

    private const int MaxId = 64;

    /// <summary>So many of the longest and of the shortest meanings of a marker count.</summary>
    private const int MostEnds = 4;
    private const string Enders = ".:@-_";

    private static readonly SearchValues<char> OfIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@:");

    /// <summary>What each marker may mean, the longest first, in the order of the text.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Find(string? text) => [.. Markers(text).Take(Most).Select(marker => marker.Candidates)];

    /// <summary>The text with another id behind the markers that are chosen.</summary>
    /// <param name="choose">Which of a marker's meanings goes; null: none.</param>
    public static string Replace(string text, Func<IReadOnlyList<string>, string?> choose, string id)
    {
        var replaced = new StringBuilder();
        var done = 0;
        foreach (var (at, candidates) in Markers(text))
        {
            if (choose(candidates) is { } chosen)
            {
                replaced.Append(text, done, at + 1 - done).Append(id);
                done = at + 1 + chosen.Length;
            }
        }

        return done == 0 ? text : replaced.Append(text, done, text.Length - done).ToString();
    }

    private static IEnumerable<(int At, IReadOnlyList<string> Candidates)> Markers(string? text)
    {
        for (var at = text?.IndexOf('@', StringComparison.Ordinal) ?? -1; at >= 0;)
        {
            var length = text.AsSpan(at + 1).IndexOfAnyExcept(OfIds) is var end and >= 0 ? end : text!.Length - at - 1;
            if (length > 0 && (at == 0 || !IsInsideWord(text![at - 1])))
            {
                yield return (at, Candidates(text.AsSpan(at + 1, length)));
            }

            // The run holds no other marker: an @ in it stands behind a character of ids.
            var next = at + 1 + length;
            at = next < text!.Length ? text.IndexOf('@', next) : -1;
        }
    }

    private static bool IsInsideWord(char before) => char.IsLetterOrDigit(before) || OfIds.Contains(before);

    private static List<string> Candidates(ReadOnlySpan<char> run)
    {
        var candidates = new List<string>();
        while (run.Length > 0)
        {
            if (run.Length <= MaxId && PublicId.IsValid(run.ToString()))
            {
                candidates.Add(run.ToString());
            }

            if (!Enders.Contains(run[^1], StringComparison.Ordinal))
            {
                break;
            }

            run = run[..^1];
        }

        if (candidates.Count > 2 * MostEnds)
        {
            // Each of them is looked up. Nobody's id ends with so many full stops; whoever writes them means the shortest.
            candidates.RemoveRange(MostEnds, candidates.Count - (2 * MostEnds));
        }

        return candidates;
    }
}
