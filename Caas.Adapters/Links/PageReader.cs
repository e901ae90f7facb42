using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Caas.Contracts;
using Caas.Core.LinkPreviews;
using Caas.Core.Outbound;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Links;

/// <summary>
/// Reads what a page says of itself: Open Graph (<see href="https://ogp.me"/>), Twitter's cards, else its title and description. Of a page only its title, meta and base elements are parsed, one
/// behind the other: nothing that is nested in it, however deep, costs anything.
/// </summary>
internal sealed partial class PageReader(OutboundHttp http, IOptions<LinkPreviewOptions> options, ILogger<PageReader> logger) : ILinkReader
{
    private const int MaxTitle = 300;
    private const int MaxDescription = 500;
    private const int MaxSiteName = 100;
    private const int MaxUrl = 2048;

    private readonly OutboundLimits _limits = new(options.Value.Timeout, options.Value.MaxBytes, options.Value.Redirects, ["text/html", "application/xhtml+xml"], "text/html, application/xhtml+xml;q=0.9");

    static PageReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public async Task<LinkPreview?> ReadAsync(string link, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await http.GetAsync(new Uri(link), _limits, cancellationToken);
            return Read(link, answer.Uri, Decode(answer));
        }
        catch (OutboundException exception)
        {
            // Not the link itself: it is somebody's message.
            LogNothing(exception);
            return null;
        }
    }

    /// <param name="at">Where the page lies, after redirects.</param>
    internal static LinkPreview? Read(string link, Uri at, string page)
    {
        var head = new StringBuilder("<!doctype html><head>");
        foreach (var match in Parts().EnumerateMatches(page))
        {
            head.Append(page.AsSpan(match.Index, match.Length));
        }

        var document = new HtmlParser().ParseDocument(head.ToString());
        string? Of(params string[] names) => names.Select(name => Meta(document, name)).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        var title = Clean(Of("og:title", "twitter:title") ?? document.Title, MaxTitle);
        var description = Clean(Of("og:description", "twitter:description", "description"), MaxDescription);
        var image = Image(Of("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"), document, at);
        return title is null && description is null && image is null ? null : new(link, title, description, image, Clean(Of("og:site_name"), MaxSiteName));
    }

    private static string? Meta(IDocument document, string name) =>
        document.QuerySelectorAll("meta").FirstOrDefault(meta => string.Equals(meta.GetAttribute("property") ?? meta.GetAttribute("name"), name, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(meta.GetAttribute("content")))?.GetAttribute("content");

    private static string? Image(string? given, IDocument document, Uri at)
    {
        var from = document.QuerySelector("base[href]")?.GetAttribute("href") is { } set && Uri.TryCreate(at, set, out var moved) ? moved : at;
        return given is not null && Uri.TryCreate(from, given.Trim(), out var image) && (image.Scheme == Uri.UriSchemeHttp || image.Scheme == Uri.UriSchemeHttps) && image.UserInfo.Length == 0 && image.AbsoluteUri.Length <= MaxUrl
            ? image.AbsoluteUri
            : null;
    }

    /// <summary>One line of well-formed text, cut where it is too long; null where nothing is left.</summary>
    private static string? Clean(string? text, int most)
    {
        if (text is null)
        {
            return null;
        }

        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (rune != Rune.ReplacementChar && clean.Length + rune.Utf16SequenceLength <= most)
            {
                clean.Append(rune);
            }

            if (clean.Length >= most)
            {
                break;
            }
        }

        return clean.ToString().Trim() is { Length: > 0 } left ? left : null;
    }

    private static string Decode(OutboundAnswer answer)
    {
        var name = answer.CharSet ?? CharSet().Match(Encoding.Latin1.GetString(answer.Body.Span[..Math.Min(answer.Body.Length, 4096)])).Groups[1].Value;
        var encoding = Encoding.UTF8;
        if (name.Length > 0)
        {
            try
            {
                encoding = Encoding.GetEncoding(name);
            }
            catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
            {
                // Nobody knows it, or it is not read any more (UTF-7): most pages are UTF-8 whatever they say.
            }
        }

        return encoding.GetString(answer.Body.Span);
    }

    // Titles end at the next tag; quotes in tags may hold a '>'. Time grows with the length alone.
    [GeneratedRegex("""<title\b[^>]*>[^<]*(?:</title\s*>)?|<(?:meta|base)\b(?:"[^"]*"|'[^']*'|[^"'>])*>""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Parts();

    [GeneratedRegex("""<meta\b[^>]*\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex CharSet();

    [LoggerMessage(5421, LogLevel.Debug, "A link gave no preview.")]
    private partial void LogNothing(Exception exception);
}
