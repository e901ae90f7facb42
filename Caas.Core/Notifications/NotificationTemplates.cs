using System.Globalization;
using System.Text.RegularExpressions;
using Caas.Contracts;
using Caas.Core.Tenants;

namespace Caas.Core.Notifications;

/// <summary>What fills a text's places.</summary>
/// <param name="Sender">Who did it.</param>
/// <param name="Conversation">Its name; of one without, the sender's.</param>
/// <param name="Text">The beginning of the message; empty: there is none to be shown.</param>
/// <param name="ByNobody">No user did it: <paramref name="Sender"/> is the conversation's name.</param>
public sealed record NotificationContent(string Sender, string Conversation, string Text, bool ByNobody = false);

/// <summary>The texts of notifications: the tenant's in the user's language, else the tenant's in its default one, else the platform's.</summary>
public static partial class NotificationTemplates
{
    /// <summary>Characters of a message's text that are shown.</summary>
    public const int MaxText = 200;
    private const int MaxTemplate = 500;
    private const int MaxLanguages = 50;

    private static readonly NotificationTexts Platform = new(
        new("{conversation}", "{sender}: {text}"),
        new("{conversation}", "{count} new messages. {sender}: {text}"),
        new("{conversation}", "{sender} mentioned you: {text}"),
        new("{sender}", "Incoming call"),
        new("{sender}", "Missed call"),
        new("{conversation}", "{sender} added you"),
        new("{count} new notifications", "{text}"));

    private static readonly NotificationText AddedByNobody = new("{conversation}", "You were added");

    /// <summary>Title and body.</summary>
    public static NotificationText Render(TenantNotifications? settings, string? language, NotificationKind kind, long count, NotificationContent content) =>
        Fill(Choose(settings, language, texts => ReferenceEquals(texts, Platform) && content.ByNobody && kind == NotificationKind.Added ? AddedByNobody : Of(texts, kind, count)), count, content);

    /// <summary>Title and body of a mail about several, whose lines are <paramref name="lines"/>.</summary>
    public static NotificationText RenderDigest(TenantNotifications? settings, string? language, long count, string lines) => Fill(Choose(settings, language, texts => texts.Digest), count, new("", "", lines));

    /// <summary>The beginning of a text, never half a character of it.</summary>
    public static string Shorten(string text)
    {
        if (text.Length <= MaxText)
        {
            return text;
        }

        var end = MaxText - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), "…");
    }

    internal static Validation Check(Validation validation, TenantNotifications? settings, string prefix)
    {
        if (settings is null)
        {
            return validation;
        }

        validation
            .Check(settings.DefaultLanguage is null || NotificationPreferenceRules.IsLanguage(settings.DefaultLanguage), $"{prefix}notifications.defaultLanguage", "must be a language such as de or pt-BR")
            .Check((settings.Languages?.Count ?? 0) <= MaxLanguages, $"{prefix}notifications.languages", $"must be at most {MaxLanguages}");
        foreach (var (language, texts) in settings.Languages ?? new Dictionary<string, NotificationTexts>())
        {
            var field = $"{prefix}notifications.languages";
            validation.Check(texts is not null && NotificationPreferenceRules.IsLanguage(language), field, "must be named by languages such as de or pt-BR");
            foreach (var (kind, text) in texts is null ? [] : All(texts))
            {
                validation.Check(IsTemplate(text.Title) && IsTemplate(text.Body), field, $"must have title and body of 1 to {MaxTemplate} characters with no other places than {{sender}}, {{conversation}}, {{text}} and {{count}}: {language}, {kind}");
            }
        }

        return validation;
    }

    private static NotificationText Choose(TenantNotifications? settings, string? language, Func<NotificationTexts, NotificationText?> of)
    {
        foreach (var wanted in new[] { language, language?.Split('-')[0], settings?.DefaultLanguage })
        {
            if (wanted is not null && settings?.Languages?.FirstOrDefault(known => known.Key.Equals(wanted, StringComparison.OrdinalIgnoreCase)).Value is { } texts && of(texts) is { } text)
            {
                return text;
            }
        }

        return of(Platform)!;
    }

    private static NotificationText? Of(NotificationTexts texts, NotificationKind kind, long count) => kind switch
    {
        NotificationKind.Message => count > 1 ? texts.Messages : texts.Message,
        NotificationKind.Mention => texts.Mention,
        NotificationKind.Call => texts.Call,
        NotificationKind.MissedCall => texts.MissedCall,
        _ => texts.Added,
    };

    private static NotificationText Fill(NotificationText text, long count, NotificationContent content) => new(Fill(text.Title, count, content), Fill(text.Body, count, content));

    /// <summary>In one pass: what a message says is no template.</summary>
    private static string Fill(string template, long count, NotificationContent content) => Place().Replace(template, place => place.Value switch
    {
        "{sender}" => content.Sender,
        "{conversation}" => content.Conversation,
        "{text}" => content.Text,
        _ => count.ToString(CultureInfo.InvariantCulture),
    });

    private static IEnumerable<(string Kind, NotificationText Text)> All(NotificationTexts texts) =>
        from text in new[] { ("message", texts.Message), ("messages", texts.Messages), ("mention", texts.Mention), ("call", texts.Call), ("missedCall", texts.MissedCall), ("added", texts.Added), ("digest", texts.Digest) }
        where text.Item2 is not null
        select (text.Item1, text.Item2);

    private static bool IsTemplate(string? template) =>
        template is { Length: > 0 and <= MaxTemplate } && TenantRules.IsWellFormed(template) && !Place().Replace(template, "").AsSpan().ContainsAny('{', '}') && !template.Contains('\0', StringComparison.Ordinal);

    [GeneratedRegex(@"\{(sender|conversation|text|count)\}")]
    private static partial Regex Place();
}
