using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Caas.Core;

/// <summary>Registers the rules of CaaS. The stores, channels and limiters behind its ports come from adapters.</summary>
public static class CoreServices
{
    public static IServiceCollection AddCaasCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IdGenerator>();
        return services.AddIdentity().AddConversations().AddPresence().AddFeed().AddTimed().AddSearch().AddCalls().AddWebhooks().AddNotifications();
    }
}
