using System.Globalization;
using Caas.Contracts;
using Caas.Core.Notifications;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>Quiet hours go by the wall clock of the user's zone. Times are UTC.</summary>
public sealed class QuietTimesTests
{
    /// <summary>Berlin is UTC+1, from 29 March 2026 01:00 UTC to 25 October 2026 01:00 UTC UTC+2.</summary>
    [Theory]
    [InlineData("2026-01-15T20:59:59", false)] // 21:59:59
    [InlineData("2026-01-15T21:00:00", true)] // 22:00
    [InlineData("2026-01-16T05:59:59", true)] // 06:59:59
    [InlineData("2026-01-16T06:00:00", false)] // 07:00
    [InlineData("2026-07-15T19:59:59", false)] // 21:59:59 in summer
    [InlineData("2026-07-15T20:00:00", true)]
    [InlineData("2026-07-16T04:59:59", true)]
    [InlineData("2026-07-16T05:00:00", false)]
    // The night that is an hour shorter: 22:00 is still UTC+1, 07:00 already UTC+2.
    [InlineData("2026-03-28T20:59:59", false)]
    [InlineData("2026-03-28T21:00:00", true)]
    [InlineData("2026-03-29T01:00:00", true)]
    [InlineData("2026-03-29T04:59:59", true)]
    [InlineData("2026-03-29T05:00:00", false)]
    // The night that is an hour longer: 22:00 is still UTC+2, 07:00 already UTC+1.
    [InlineData("2026-10-24T19:59:59", false)]
    [InlineData("2026-10-24T20:00:00", true)]
    [InlineData("2026-10-25T05:59:59", true)]
    [InlineData("2026-10-25T06:00:00", false)]
    public void A_night_lasts_as_the_clock_on_the_wall_says_also_when_it_is_changed(string utc, bool quiet) => Assert.Equal(quiet, Is("Europe/Berlin", "22:00", "07:00", utc));

    [Theory]
    [InlineData("02:00", "02:30", "2026-03-29T00:59:59", false)] // 01:59:59
    [InlineData("02:00", "02:30", "2026-03-29T01:00:00", false)] // 03:00: the half hour did not come
    [InlineData("01:00", "02:30", "2026-03-29T00:59:59", true)]
    [InlineData("01:00", "02:30", "2026-03-29T01:00:00", false)] // its end was jumped over, and has come
    [InlineData("02:30", "04:00", "2026-03-29T01:00:00", true)] // its beginning was jumped over, and has come
    [InlineData("02:00", "02:30", "2026-10-25T00:15:00", true)] // 02:15 for the first time
    [InlineData("02:00", "02:30", "2026-10-25T00:45:00", false)] // 02:45 for the first time
    [InlineData("02:00", "02:30", "2026-10-25T01:15:00", true)] // 02:15 for the second time
    [InlineData("02:00", "02:30", "2026-10-25T01:45:00", false)]
    public void An_hour_that_is_left_out_is_not_waited_for_and_one_that_comes_twice_counts_twice(string from, string to, string utc, bool quiet) => Assert.Equal(quiet, Is("Europe/Berlin", from, to, utc));

    [Theory]
    [InlineData("Asia/Kolkata", "2026-01-15T16:30:00", true)] // 22:00, UTC+5:30
    [InlineData("Asia/Kolkata", "2026-01-15T16:29:59", false)]
    [InlineData("America/New_York", "2026-03-08T02:59:59", false)] // 21:59:59 before the change there
    [InlineData("America/New_York", "2026-03-08T03:00:00", true)]
    [InlineData("America/New_York", "2026-03-08T11:00:00", false)] // 07:00 after it
    [InlineData("Australia/Lord_Howe", "2026-04-04T20:29:59", true)] // 06:59:59 after half an hour back: UTC+10:30
    [InlineData("Australia/Lord_Howe", "2026-04-04T20:30:00", false)]
    [InlineData("UTC", "2026-01-15T22:00:00", true)]
    public void Every_zone_has_its_own_night(string zone, string utc, bool quiet) => Assert.Equal(quiet, Is(zone, "22:00", "07:00", utc));

    [Theory]
    [InlineData("2026-01-16T21:30:00", true)] // Friday 22:30
    [InlineData("2026-01-17T05:00:00", true)] // Saturday 06:00, of Friday's night
    [InlineData("2026-01-17T21:30:00", false)] // Saturday 22:30
    [InlineData("2026-01-18T05:00:00", false)] // Sunday 06:00, of Saturday's night
    [InlineData("2026-01-16T05:00:00", false)] // Friday 06:00, of Thursday's night
    public void Days_are_those_on_which_a_night_begins(string utc, bool quiet) => Assert.Equal(quiet, Is("Europe/Berlin", "22:00", "07:00", utc, QuietDay.Friday));

    [Fact]
    public void The_same_time_twice_is_the_whole_day_and_none_is_never()
    {
        Assert.True(Is("Europe/Berlin", "08:00", "08:00", "2026-01-16T12:00:00"));
        Assert.True(Is("Europe/Berlin", "12:00", "13:00", "2026-01-16T11:30:00"));
        Assert.False(Is("Europe/Berlin", "12:00", "13:00", "2026-01-16T12:00:00"));
        Assert.False(QuietTimes.IsQuiet(null, At("2026-01-16T12:00:00")));
    }

    private static bool Is(string zone, string from, string to, string utc, params QuietDay[] days) => QuietTimes.IsQuiet(new(zone, from, to, days.Length == 0 ? null : days), At(utc));

    private static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
