using System.Globalization;
using System.Net.Mail;
using System.Text.RegularExpressions;
using Caas.Contracts;

namespace Caas.Core.Notifications;

/// <summary>What preferences may say.</summary>
internal static partial class NotificationPreferenceRules
{
    public const int MaxConversations = 200;
    private const int MaxMinutes = 10_080;
    private const int MaxAddress = 254;

    public static void Check(PutNotificationPreferencesRequest request)
    {
        var validation = new Validation()
            .Check((request.Conversations?.Count ?? 0) <= MaxConversations, "conversations", $"must be at most {MaxConversations}")
            .Check(request.Conversations?.Keys.All(PublicId.IsValid) != false, "conversations", "must be named by ids of conversations")
            .Check(request.Conversations?.Values.All(setting => setting is not null) != false, "conversations", "must not be null")
            .Check(request.Language is null || IsLanguage(request.Language), "language", "must be a language such as de or pt-BR")
            .Check(request.Email?.Address is null || IsAddress(request.Email.Address), "email.address", $"must be one address of at most {MaxAddress} characters, such as ann@example.com")
            .Check(request.Email?.AfterMinutes is null or (>= 1 and <= MaxMinutes), "email.afterMinutes", $"must be 1 to {MaxMinutes}");
        if (request.QuietHours is { } quiet)
        {
            validation
                .Check(FindZone(quiet.TimeZone) is not null, "quietHours.timeZone", "must be an IANA time zone such as Europe/Berlin")
                .Check(ReadTime(quiet.From) is not null, "quietHours.from", "must be HH:mm, 00:00 to 23:59")
                .Check(ReadTime(quiet.To) is not null, "quietHours.to", "must be HH:mm, 00:00 to 23:59")
                .Check(quiet.Days is null or { Count: >= 1 and <= 7 }, "quietHours.days", "must be 1 to 7 days");
        }

        validation.ThrowIfAny();
    }

    /// <summary>A language tag of BCP 47, as far as one is used to choose texts.</summary>
    public static bool IsLanguage(string text) => text.Length <= 35 && Language().IsMatch(text);

    /// <summary>One bare mailbox, with nothing that could add a header or another recipient.</summary>
    public static bool IsAddress(string text) =>
        text.Length is > 2 and <= MaxAddress && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is ',' or ';' or '<' or '>' or '"') && MailAddress.TryCreate(text, out var parsed) && parsed.Address == text;

    /// <summary>The zone of an IANA name; null: there is none of that name here.</summary>
    public static TimeZoneInfo? FindZone(string? name) =>
        name is not null && name.Length <= 64 && Zone().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;

    public static TimeOnly? ReadTime(string? text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    [GeneratedRegex("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}\\z")]
    private static partial Regex Language();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}\\z")]
    private static partial Regex Zone();
}
