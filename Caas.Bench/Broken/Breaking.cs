using Caas.Core.Delivery;
using Caas.Core.Entries;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Bench.Broken;

/// <summary>Puts what is wrong in front of what is right.</summary>
internal static class Breaking
{
    public static void Break(this IServiceCollection services, BreakKind kind)
    {
        switch (kind)
        {
            case BreakKind.AckBeforeWrite:
                services.Wrap<IEntryStore>(store => new HastyEntryStore(store));
                break;
            case BreakKind.DropDedupe:
                services.Wrap<IEntryStore>(store => new ForgetfulEntryStore(store));
                break;
            default:
                services.Wrap<IEntryBroadcaster>(broadcaster => new CarelessBroadcaster(broadcaster));
                break;
        }
    }

    private static void Wrap<T>(this IServiceCollection services, Func<T, T> wrap)
        where T : class
    {
        var right = services.Last(service => service.ServiceType == typeof(T));
        services.Remove(right);
        services.AddSingleton(provider => wrap((T)(right.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, right.ImplementationType!))));
    }
}
