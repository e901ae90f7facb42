using System.Globalization;
using System.Net;
using Caas.Core.Attachments;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Files;

/// <summary>
/// Files in a bucket that speaks S3, under <c>{tenant}/{id}</c>. Clients upload to <c>incoming/</c> by themselves, with type and length signed; what was judged good is copied, by its ETag, to
/// where it is downloaded from: a link to upload that is still good cannot change it.
/// </summary>
internal sealed partial class S3Files(S3Options options, HttpClient http, TimeProvider clock, ILogger<S3Files> logger) : IAttachmentFiles
{
    /// <summary>How long our own requests are good.</summary>
    private static readonly TimeSpan Own = TimeSpan.FromMinutes(5);

    /// <summary>An object of our own, to tell what we may.</summary>
    private const string Probe = "incoming/.probe";

    private readonly S3Signer _signer = new(options);
    private volatile bool _mayRead;

    public bool IsConfigured => true;

    public UploadPlace? PresignUpload(StoredAttachment attachment, DateTimeOffset until)
    {
        var headers = new Dictionary<string, string> { ["content-length"] = attachment.Size.ToString(CultureInfo.InvariantCulture), ["content-type"] = attachment.Type };

        // Whoever uploads sends the length by itself: browsers let nobody set it.
        return new(_signer.Presign("PUT", Incoming(attachment), clock.GetUtcNow(), until - clock.GetUtcNow(), headers), "PUT", new Dictionary<string, string> { ["Content-Type"] = attachment.Type });
    }

    public Uri? PresignDownload(StoredAttachment attachment, FileVariant variant, DateTimeOffset until) =>
        _signer.Presign("GET", KeyOf(attachment.Tenant, attachment.Id, variant), clock.GetUtcNow(), until - clock.GetUtcNow(), query: new Dictionary<string, string>
        {
            ["response-content-disposition"] = FileDelivery.Disposition(attachment, variant),
            ["response-content-type"] = FileDelivery.Type(attachment, variant),
        });

    public Task<ReceivedFile> ReceiveAsync(StoredAttachment attachment, Stream content, long most, CancellationToken cancellationToken) =>
        throw Refusal.NotAllowed.With("Files are uploaded to the bucket here: ask for a fresh place.");

    public Task<ReceivedFile?> FindReceivedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => FindAsync(Incoming(attachment), cancellationToken);

    public Task<ReceivedFile?> FindAcceptedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => FindAsync(KeyOf(attachment.Tenant, attachment.Id, FileVariant.Original), cancellationToken);

    public async Task<byte[]> ReadReceivedAsync(ReceivedFile received, int? first, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>();
        if (received.Version is { } version)
        {
            headers["if-match"] = version;
        }

        if (first is { } bytes)
        {
            headers["range"] = string.Create(CultureInfo.InvariantCulture, $"bytes=0-{Math.Min(bytes, received.Size) - 1}");
        }

        using var answer = await SendAsync(HttpMethod.Get, received.Place, headers, cancellationToken: cancellationToken);
        return await ReadAsync(Require(answer), Math.Min(first ?? long.MaxValue, received.Size), cancellationToken);
    }

    public async Task AcceptAsync(StoredAttachment attachment, ReceivedFile received, byte[]? thumbnail, FileFacts facts, CancellationToken cancellationToken)
    {
        if (thumbnail is not null)
        {
            using var small = new ByteArrayContent(thumbnail);
            small.Headers.ContentType = new(facts.ThumbnailType!);
            using var put = await SendAsync(HttpMethod.Put, KeyOf(attachment.Tenant, attachment.Id, FileVariant.Thumbnail), content: small, cancellationToken: cancellationToken);
            Require(put);
        }

        var headers = new Dictionary<string, string> { ["x-amz-copy-source"] = _signer.SourceOf(received.Place) };
        if (received.Version is { } version)
        {
            headers["x-amz-copy-source-if-match"] = version;
        }

        using var copied = await SendAsync(HttpMethod.Put, KeyOf(attachment.Tenant, attachment.Id, FileVariant.Original), headers, cancellationToken: cancellationToken);

        // A copy may fail after its 200 has begun: the body tells.
        if (!(await Require(copied).Content.ReadAsStringAsync(cancellationToken)).Contains("<CopyObjectResult", StringComparison.Ordinal))
        {
            throw Unavailable("copy a file", null);
        }
    }

    public async Task DiscardAsync(ReceivedFile received, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Delete, received.Place, cancellationToken: cancellationToken);
        RequireGone(answer);
    }

    public Stream? Open(TenantId tenant, string id, FileVariant variant) => null;

    public async Task DeleteAsync(TenantId tenant, string id, CancellationToken cancellationToken)
    {
        foreach (var key in new[] { KeyOf(tenant, id, FileVariant.Original), KeyOf(tenant, id, FileVariant.Thumbnail), Incoming(tenant, id) })
        {
            using var answer = await SendAsync(HttpMethod.Delete, key, cancellationToken: cancellationToken);
            RequireGone(answer);
        }
    }

    private static string Incoming(StoredAttachment attachment) => Incoming(attachment.Tenant, attachment.Id);

    private static string Incoming(TenantId tenant, string id) => $"incoming/{tenant.Value}/{id}";

    private static string KeyOf(TenantId tenant, string id, FileVariant variant) => $"{tenant.Value}/{id}{(variant == FileVariant.Thumbnail ? ".thumbnail" : "")}";

    private async Task<ReceivedFile?> FindAsync(string key, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Head, key, cancellationToken: cancellationToken);
        return await IsMissingAsync(answer, cancellationToken) ? null : new(key, Require(answer).Content.Headers.ContentLength ?? 0, answer.Headers.ETag?.ToString());
    }

    /// <summary>To whom may not list the bucket S3 says 403 of what is not there. It means that as soon as these credentials have read an object that is there.</summary>
    private async Task<bool> IsMissingAsync(HttpResponseMessage head, CancellationToken cancellationToken)
    {
        if (head.StatusCode != HttpStatusCode.Forbidden || _mayRead)
        {
            return head.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden;
        }

        using var nothing = new ByteArrayContent([]);
        using var put = await SendAsync(HttpMethod.Put, Probe, content: nothing, cancellationToken: cancellationToken);
        using var read = await SendAsync(HttpMethod.Head, Probe, cancellationToken: cancellationToken);
        return _mayRead = put.IsSuccessStatusCode && read.IsSuccessStatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string key, IReadOnlyDictionary<string, string>? headers = null, HttpContent? content = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, _signer.Presign(method.Method, key, clock.GetUtcNow(), Own, headers)) { Content = content };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unavailable(method.Method, exception);
        }
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage answer, long most, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var bytes = new byte[most];
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return bytes[..read];
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unavailable("read a file", exception);
        }
    }

    private HttpResponseMessage Require(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            LogAnswered((int)answer.StatusCode);
            throw new RefusedException(Refusal.Unavailable, OutOfReach);
        }

        return answer;
    }

    private void RequireGone(HttpResponseMessage answer)
    {
        if (answer.StatusCode != HttpStatusCode.NotFound)
        {
            Require(answer);
        }
    }

    private const string OutOfReach = "The place of the attachments cannot be reached at the moment.";

    private RefusedException Unavailable(string what, Exception? exception)
    {
        LogFailed(exception, what);
        return new(Refusal.Unavailable, OutOfReach, innerException: exception);
    }

    [LoggerMessage(5411, LogLevel.Warning, "The attachments' bucket failed: {What}.")]
    private partial void LogFailed(Exception? exception, string what);

    [LoggerMessage(5412, LogLevel.Warning, "The attachments' bucket answered with {Status}.")]
    private partial void LogAnswered(int status);
}
