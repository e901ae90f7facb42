using Caas.Core.Events;
using Caas.Core.Mail;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Core.Timed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Who is notified of what: preferences, inbox, pushes.</summary>
internal static class NotificationServices
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationOptions>().BindConfiguration(NotificationOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotificationOptions>, NotificationOptionsValidator>();
        services.AddSingleton<NotificationMetrics>();
        services.AddSingleton<NotificationViews>();
        services.AddSingleton<NotificationNews>();
        services.AddSingleton<NotificationTopic>();
        services.AddSingleton<NotificationInbox>();
        services.AddSingleton<NotificationReads>();
        services.TryAddSingleton<IWatchDirectory, LocalWatchDirectory>();
        services.AddSingleton<NotificationAttention>();
        services.AddSingleton<NotificationAudience>();
        services.AddSingleton<HappeningReader>();
        services.AddSingleton<InboxRows>();
        services.AddSingleton<InboxWithdrawals>();
        services.AddSingleton<WaitingPushes>();
        services.AddSingleton<WaitingDigests>();
        services.AddSingleton<NotificationTeller>();
        services.AddSingleton<Notifier>();
        services.AddSingleton<MissedNotifications>();
        services.AddSingleton<NotificationSieve>();
        return services.AddPushes().AddMail();
    }

    /// <summary>The worker runs where a host adds it to its services that work in the background.</summary>
    private static IServiceCollection AddPushes(this IServiceCollection services)
    {
        services.AddOptions<PushOptions>().BindConfiguration(PushOptions.Section)
            .Configure<IConfiguration>((options, configuration) => PushSettings.Read(configuration.GetSection(PushOptions.Section), options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PushOptions>, PushOptionsValidator>();
        services.AddSingleton<DeadLetterBox>();
        services.AddSingleton<DeliveryAccountService>();
        services.AddSingleton<DeliveryAccountDirectory>();
        services.AddSingleton<DeviceAccounts>();
        services.AddSingleton<PushMetrics>();
        services.AddSingleton<RingingCalls>();
        services.AddSingleton<PushMaker>();
        services.AddSingleton<PushSources>();
        services.AddSingleton<PushEnds>();
        services.AddSingleton<PushSender>();
        return services;
    }

    private static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration(MailOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsValidator>();
        services.TryAddSingleton<IMailSender, NoMailSender>();
        services.AddSingleton<DigestText>();
        services.AddSingleton<DigestMail>();
        services.AddSingleton<ITimedHandler, EmailDigest>();
        return services;
    }
}
