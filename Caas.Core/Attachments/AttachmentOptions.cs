using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Attachments;

/// <summary>Attachments, section <c>Caas:Attachments</c>. Without <see cref="Folder"/> and <see cref="S3"/> there are none.</summary>
public sealed class AttachmentOptions : IValidatableObject
{
    public const string Section = "Caas:Attachments";

    /// <summary>Where files are kept. All gateways must see the same folder. The standalone host takes <c>attachments</c> in its data folder.</summary>
    public string? Folder { get; init; }

    /// <summary>A bucket for files; goes before <see cref="Folder"/>.</summary>
    public S3Options? S3 { get; init; }

    /// <summary>The gateway's address as clients know it, such as <c>https://chat.example.com</c>. Default: the one that a request was sent to.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>The largest file, in bytes. Default 25 MiB.</summary>
    [Range(1, 5L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; init; } = 25 * 1024 * 1024;

    /// <summary>Media types that may be uploaded, such as <c>image/png</c> or <c>audio/*</c>. Empty, the default: <see cref="FileTypes.Default"/>.</summary>
    public IReadOnlyList<string> AllowedTypes { get; init; } = [];

    /// <summary>How long a place to upload to is good. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan UploadExpiry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a link to a file is good. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan DownloadExpiry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a file is kept that no message refers to. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan KeepUnreferenced { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many files one user may have announced and not sent on their way. Default 100.</summary>
    [Range(1, 100_000)]
    public int PendingPerUser { get; init; } = 100;

    /// <summary>How many bytes these may have together; one file may always be announced. Default 1 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long PendingBytesPerUser { get; init; } = 1024L * 1024 * 1024;

    /// <summary>How often what is not wanted any more is removed. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The most pixels of an image; unpacked, each takes four bytes, one image at a time. Default 40 million.</summary>
    [Range(1, 500_000_000)]
    public long MaxPixels { get; init; } = 40_000_000;

    /// <summary>The longer side of thumbnails, in pixels; 0: none are made. Default 320.</summary>
    [Range(0, 2_000)]
    public int ThumbnailSide { get; init; } = 320;

    /// <summary>The media types that may be uploaded.</summary>
    internal IReadOnlyList<string> Types => AllowedTypes.Count > 0 ? AllowedTypes : FileTypes.Default;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var type in AllowedTypes.Where(type => !FileTypes.IsRange(type)))
        {
            yield return new ValidationResult($"AllowedTypes: '{type}' is no media type such as image/png or image/*.", [nameof(AllowedTypes)]);
        }

        if (PublicUrl is { } url && !IsWebAddress(url))
        {
            yield return new ValidationResult("PublicUrl must be an absolute http(s) address.", [nameof(PublicUrl)]);
        }

        if (S3 is { } s3)
        {
            if (!IsWebAddress(s3.Endpoint))
            {
                yield return new ValidationResult("S3:Endpoint must be an absolute http(s) address.", [nameof(S3)]);
            }

            foreach (var (name, value) in new[] { ("Bucket", s3.Bucket), ("AccessKey", s3.AccessKey), ("SecretKey", s3.SecretKey), ("Region", s3.Region) })
            {
                if (string.IsNullOrWhiteSpace(value))
                {
                    yield return new ValidationResult($"S3:{name} must be set.", [nameof(S3)]);
                }
            }
        }
    }

    private static bool IsWebAddress(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}

/// <summary>A bucket that speaks S3: AWS, MinIO, Ceph, R2 and others.</summary>
public sealed class S3Options
{
    /// <summary>Such as <c>https://s3.eu-central-1.amazonaws.com</c> or <c>http://minio:9000</c>. Clients upload and download there: it must be an address that they reach.</summary>
    public string Endpoint { get; init; } = "";
    public string Bucket { get; init; } = "";
    public string AccessKey { get; init; } = "";
    public string SecretKey { get; init; } = "";

    /// <summary>Default <c>us-east-1</c>.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The bucket in the path (<c>endpoint/bucket/key</c>), the default, or before the host (<c>bucket.endpoint/key</c>).</summary>
    public bool PathStyle { get; init; } = true;
}

[OptionsValidator]
internal sealed partial class AttachmentOptionsValidator : IValidateOptions<AttachmentOptions>;
