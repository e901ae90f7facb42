using Caas.Adapters.Images;
using Caas.Core.Attachments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Files;

public static class FileRegistration
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>The place of attachments by <see cref="AttachmentOptions"/> (a bucket, else a folder, else none), and what looks at images.</summary>
    public static IServiceCollection AddAttachmentFiles(this IServiceCollection services)
    {
        services.AddSingleton<IImages, SkiaImages>();
        services.AddSingleton<IAttachmentFiles>(provider => provider.GetRequiredService<IOptions<AttachmentOptions>>().Value switch
        {
            { S3: { } s3 } => ActivatorUtilities.CreateInstance<S3Files>(provider, s3, NewClient()),
            { Folder: { Length: > 0 } folder } => ActivatorUtilities.CreateInstance<FolderFiles>(provider, folder),
            _ => AttachmentPlaces.None,
        });
        return services;
    }

    // Redirects are not followed: what is signed is signed for one host.
    private static HttpClient NewClient() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout };
}
