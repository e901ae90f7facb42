using Caas.Core.Search;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Finding messages by their words.</summary>
internal static class SearchServices
{
    public static IServiceCollection AddSearch(this IServiceCollection services)
    {
        services.AddOptions<SearchOptions>().BindConfiguration(SearchOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SearchOptions>, SearchOptionsValidator>();
        services.AddSingleton<SearchMetrics>();
        services.AddSingleton<SearchGate>();
        services.AddSingleton<SearchService>();
        services.AddSingleton<SearchIndexerTelling>();
        services.AddHostedService<SearchIndexer>();
        return services;
    }
}
