using Caas.Contracts;
using Caas.Core.Notifications;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>Who is notified of what, and how.</summary>
public sealed class NotificationDecisionTests
{
    /// <summary>A Wednesday, 23:00 in Berlin.</summary>
    private static readonly DateTimeOffset Night = new(2026, 1, 14, 22, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(NotificationType.Messages, false, false, "inApp push normal")]
    [InlineData(NotificationType.Messages, false, true, "inApp normal")]
    [InlineData(NotificationType.Messages, true, false, "nothing")]
    [InlineData(NotificationType.Mentions, false, false, "inApp push high")]
    [InlineData(NotificationType.Mentions, true, false, "nothing")]
    [InlineData(NotificationType.Calls, false, false, "inApp push urgent")]
    [InlineData(NotificationType.Calls, true, false, "inApp push urgent")]
    [InlineData(NotificationType.System, false, true, "inApp normal")]
    public void Who_never_said_anything_is_pushed_while_away_and_muted_conversations_ring_only(NotificationType type, bool muted, bool online, string expected) =>
        Assert.Equal(expected, Decide(new(), type, muted, online));

    [Theory]
    [InlineData(NotificationLevel.All, NotificationType.Messages, true, "inApp push normal")]
    [InlineData(NotificationLevel.All, NotificationType.Mentions, true, "inApp push high")]
    [InlineData(NotificationLevel.Mentions, NotificationType.Messages, false, "nothing")]
    [InlineData(NotificationLevel.Mentions, NotificationType.Mentions, true, "inApp push high")]
    [InlineData(NotificationLevel.Mentions, NotificationType.Calls, false, "inApp push urgent")]
    [InlineData(NotificationLevel.None, NotificationType.Mentions, false, "nothing")]
    [InlineData(NotificationLevel.None, NotificationType.Calls, false, "nothing")]
    public void A_setting_for_the_conversation_goes_before_its_being_muted(NotificationLevel level, NotificationType type, bool muted, string expected) =>
        Assert.Equal(expected, Decide(new(Conversations: Here(new(level))), type, muted));

    [Fact]
    public void A_setting_for_a_conversation_is_for_that_alone_for_its_time_and_may_have_its_own_priority()
    {
        Assert.Equal("inApp push normal", Decide(new(Conversations: new Dictionary<string, ConversationNotifications> { ["other"] = new(NotificationLevel.None) }), NotificationType.Messages));
        Assert.Equal("nothing", Decide(new(Conversations: Here(new(NotificationLevel.None, Until: Night.AddSeconds(1)))), NotificationType.Messages));
        Assert.Equal("inApp push normal", Decide(new(Conversations: Here(new(NotificationLevel.None, Until: Night))), NotificationType.Messages));
        Assert.Equal("inApp push urgent", Decide(new(Conversations: Here(new(NotificationLevel.All, NotificationPriority.Urgent)), QuietHours: Quiet()), NotificationType.Messages));
    }

    [Theory]
    [InlineData(NotificationType.Messages, null, "inApp normal")]
    [InlineData(NotificationType.Mentions, null, "inApp high")]
    [InlineData(NotificationType.Calls, null, "inApp push urgent")]
    [InlineData(NotificationType.Calls, true, "inApp push urgent")]
    [InlineData(NotificationType.Calls, false, "inApp urgent")]
    public void In_quiet_hours_only_the_inbox_hears_of_it_and_what_is_urgent_may_pass(NotificationType type, bool? allowUrgent, string expected) =>
        Assert.Equal(expected, Decide(new(QuietHours: Quiet() with { AllowUrgent = allowUrgent }), type));

    [Fact]
    public void Types_and_channels_can_be_turned_off_and_mail_needs_an_address()
    {
        Assert.Equal("nothing", Decide(new(Types: new(Messages: new(Enabled: false))), NotificationType.Messages));
        Assert.Equal("inApp push low", Decide(new(Types: new(Messages: new(Priority: NotificationPriority.Low))), NotificationType.Messages));
        Assert.Equal("push normal", Decide(new(Channels: new(InApp: false)), NotificationType.Messages));
        Assert.Equal("inApp normal", Decide(new(Channels: new(Push: false)), NotificationType.Messages));
        Assert.Equal("inApp push normal", Decide(new(Channels: new(Email: true)), NotificationType.Messages));
        Assert.Equal("inApp push email normal", Decide(new(Channels: new(Email: true)), NotificationType.Messages, address: "ann@example.com"));
        Assert.Equal("inApp normal", Decide(new(Channels: new(Email: true)), NotificationType.Messages, online: true, address: "ann@example.com"));
        Assert.Equal("inApp email normal", Decide(new(Channels: new(Email: true), QuietHours: Quiet()), NotificationType.Messages, address: "ann@example.com"));
    }

    private static QuietHours Quiet() => new("Europe/Berlin", "22:00", "07:00");

    private static Dictionary<string, ConversationNotifications> Here(ConversationNotifications setting) => new() { ["room"] = setting };

    private static string Decide(PutNotificationPreferencesRequest preferences, NotificationType type, bool muted = false, bool online = false, string? address = null)
    {
        var decision = NotificationDecision.Of(NotificationDefaults.Fill(preferences, address), new(type, "room", muted, online, Night));
        return !decision.IsAny ? "nothing" : string.Join(' ', new[] { decision.InApp ? "inApp" : null, decision.Push ? "push" : null, decision.Email ? "email" : null, decision.Priority.ToString().ToLowerInvariant() }.OfType<string>());
    }
}
