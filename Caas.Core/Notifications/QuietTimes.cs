using Caas.Contracts;

namespace Caas.Core.Notifications;

/// <summary>
/// Whether it is quiet, by the wall clock of the user's zone: "22:00 to 07:00" means what the clock shows, whatever daylight saving does in that night. Of an hour that comes twice both are quiet;
/// an end that the clock jumps over has come when it has jumped.
/// </summary>
public static class QuietTimes
{
    /// <param name="quiet">Null: never.</param>
    public static bool IsQuiet(QuietHours? quiet, DateTimeOffset now)
    {
        // What was valid when it was said, and is not known here any more (another machine's zones), keeps nothing back.
        if (quiet is null
            || NotificationPreferenceRules.FindZone(quiet.TimeZone) is not { } zone
            || NotificationPreferenceRules.ReadTime(quiet.From) is not { } from
            || NotificationPreferenceRules.ReadTime(quiet.To) is not { } to)
        {
            return false;
        }

        var local = TimeZoneInfo.ConvertTime(now, zone);
        var time = TimeOnly.FromDateTime(local.DateTime);
        var today = (QuietDay)local.DayOfWeek;
        if (from < to)
        {
            return time >= from && time < to && Begins(quiet, today);
        }

        var yesterday = (QuietDay)(((int)today + 6) % 7);
        return (time >= from && Begins(quiet, today)) || (time < to && Begins(quiet, yesterday));
    }

    private static bool Begins(QuietHours quiet, QuietDay day) => quiet.Days is null || quiet.Days.Contains(day);
}
