using System.Text.RegularExpressions;

namespace Caas.Core.LinkPreviews;

/// <summary>The links in a text.</summary>
public static partial class Links
{
    private const int MaxLength = 2048;

    /// <summary>The first links, each once, as they stand in the text: what follows a link in a sentence (a full stop, a closing bracket that was not opened in it) does not belong to it.</summary>
    public static IReadOnlyList<string> In(string? text, int most)
    {
        var links = new List<string>();
        if (text is null || !text.Contains("://", StringComparison.Ordinal))
        {
            return links;
        }

        foreach (var match in Candidate().EnumerateMatches(text))
        {
            var link = Trim(text.AsSpan(match.Index, match.Length)).ToString();
            if (link.Length <= MaxLength && Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && !links.Contains(link, StringComparer.Ordinal))
            {
                links.Add(link);
                if (links.Count == most)
                {
                    break;
                }
            }
        }

        return links;
    }

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> link)
    {
        while (link.Length > 0)
        {
            var last = link[^1];
            if (".,;:!?'\"»”’…*_~`".Contains(last, StringComparison.Ordinal) || (last == ')' && link.Count('(') < link.Count(')')) || (last is ']' or '}' && !link.ContainsAny('[', '{')))
            {
                link = link[..^1];
                continue;
            }

            break;
        }

        return link;
    }

    [GeneratedRegex(@"\bhttps?://[^\s<>""\p{Cc}]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Candidate();
}
