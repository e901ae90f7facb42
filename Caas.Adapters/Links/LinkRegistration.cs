using Caas.Core.LinkPreviews;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Adapters.Links;

public static class LinkRegistration
{
    /// <summary>What reads the pages that links lead to.</summary>
    public static IServiceCollection AddLinkReader(this IServiceCollection services) => services.AddSingleton<ILinkReader, PageReader>();
}
