using Caas.Core.BeforeSend;
using Caas.Core.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Telling tenants' backends what happens.</summary>
internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        services.TryAddSingleton<WebhookMetrics>();
        services.TryAddSingleton<WebhookFold>();
        services.TryAddSingleton<WebhookHttp>();
        services.TryAddSingleton<SignedRequests>();
        services.TryAddSingleton<WebhookSender>();
        services.TryAddSingleton<WebhookServiceSettings>();
        services.TryAddSingleton<WebhookService>();
        services.TryAddSingleton<WebhookDeliveries>();
        services.TryAddSingleton<WebhookStores>();
        services.TryAddSingleton<WebhookSlots>();
        services.TryAddSingleton<WebhookSweep>();
        services.TryAddSingleton<WebhookTools>();
        services.AddHostedService<WebhookDispatcher>();
        return services.AddBeforeSend();
    }

    private static IServiceCollection AddBeforeSend(this IServiceCollection services)
    {
        services.AddOptions<BeforeSendOptions>().BindConfiguration(BeforeSendOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BeforeSendOptions>, BeforeSendOptionsValidator>());
        services.TryAddSingleton<BeforeSendMetrics>();
        services.TryAddSingleton<BeforeSendClient>();
        services.TryAddSingleton<BeforeSendLines>();
        services.TryAddSingleton<BeforeSendGate>();
        services.TryAddSingleton<BeforeSendRules>();
        services.TryAddSingleton<BeforeSendService>();
        return services;
    }
}
