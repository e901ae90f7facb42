using System.Globalization;
using Caas.Core.Attachments;
using Caas.Gateway.Callers;
using Caas.Gateway.Hosting;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Attachments;

/// <summary><c>/v1/attachments</c>, and the links to files where the gateway itself takes and gives them.</summary>
internal static class AttachmentEndpoints
{
    /// <summary>Nothing in a file may run, whatever it is taken for.</summary>
    private const string ContentPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

    private static readonly LongRequest Long = new(TimeSpan.FromMinutes(10));

    public static void MapAttachments(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/attachments").WithTags("Attachments").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages");
        group.MapPost("/", CreateAsync).WithName("CreateAttachment").WithSummary("Get a place to upload a file to").IdempotentSecret("id")
            .WithDescription("Upload the file as the answer says, before it expires; then send a message whose `attachments` name it by `attachmentId`. A file that no message refers to is removed after a day.");
        group.MapGet("/{attachmentId}", GetAsync).WithName("GetAttachment").WithSummary("Get an attachment and fresh links to its file").Refuses(Refusal.AttachmentNotFound, Refusal.ValidationFailed)
            .WithDescription("For those who may read a conversation in which it was sent, whoever uploaded it, and the backend. The links need no credentials and end after an hour.");

        // Whoever has the link has the right: they are no part of the API that is described, as those of a bucket are not.
        var content = v1.MapGroup("/attachments/{attachmentId}/content").ExcludeFromDescription().WithMetadata(Long);
        content.MapPut("/", UploadAsync);
        content.MapGet("/", DownloadAsync);
    }

    private static async Task<Created<AttachmentUpload>> CreateAsync(CreateAttachmentRequest request, Caller caller, AttachmentService attachments, GatewayAddress gateway, HttpRequest http, CancellationToken cancellationToken)
    {
        var upload = await attachments.CreateAsync(caller, request, gateway.Of(http), cancellationToken);
        return TypedResults.Created($"/v1/attachments/{upload.Id}", upload);
    }

    private static async Task<Ok<AttachmentResponse>> GetAsync(string attachmentId, Caller caller, AttachmentService attachments, GatewayAddress gateway, HttpRequest http, CancellationToken cancellationToken) =>
        TypedResults.Ok(await attachments.GetAsync(caller, attachmentId, gateway.Of(http), cancellationToken));

    private static async Task<NoContent> UploadAsync(string attachmentId, string? tenant, long? expires, string? signature, HttpContext http, AttachmentLinks links, AttachmentService attachments, AttachmentIntake intake, CancellationToken cancellationToken)
    {
        await links.RequireAsync(LinkUse.Upload, tenant, attachmentId, expires, signature, cancellationToken);
        var attachment = await attachments.RequireAsync(new(tenant!), attachmentId, cancellationToken);
        new Validation()
            .Check(http.Request.ContentLength is null || http.Request.ContentLength == attachment.Size, "content", $"must have the {attachment.Size} bytes that were declared")
            .Check(http.Request.ContentType is null || (MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) && type.MediaType.Equals(attachment.Type, StringComparison.OrdinalIgnoreCase)), "Content-Type", $"must be {attachment.Type}, as was declared")
            .ThrowIfAny();
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // One more than declared is read, to tell that there is more.
            limit.MaxRequestBodySize = attachment.Size + (64 * 1024);
        }

        CloseWhenRefused(http);
        await intake.ReceiveAsync(attachment, http.Request.Body, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>
    /// Of a body that is too long and told no length, the server takes no more than its limit after the answer, and then closes the connection: the client is to know, or it sends its next request
    /// into it and hears nothing.
    /// </summary>
    private static void CloseWhenRefused(HttpContext http)
    {
        if (http.Request.ContentLength is null && HttpProtocol.IsHttp11(http.Request.Protocol))
        {
            http.Response.OnStarting(() =>
            {
                if (http.Response.StatusCode >= StatusCodes.Status400BadRequest)
                {
                    http.Response.Headers.Connection = "close";
                }

                return Task.CompletedTask;
            });
        }
    }

    private static async Task<IResult> DownloadAsync(
        string attachmentId, string? tenant, string? variant, long? expires, string? signature, HttpContext http, AttachmentLinks links, AttachmentService attachments, IAttachmentFiles files, TimeProvider clock, CancellationToken cancellationToken)
    {
        var thumbnail = variant == "thumbnail";
        await links.RequireAsync(thumbnail ? LinkUse.Thumbnail : LinkUse.Download, tenant, attachmentId, expires, signature, cancellationToken);
        var attachment = await attachments.RequireAsync(new(tenant!), attachmentId, cancellationToken);
        var which = thumbnail ? FileVariant.Thumbnail : FileVariant.Original;
        if (attachment.Status != AttachmentStatus.Ready || files.Open(attachment.Tenant, attachment.Id, which) is not { } file)
        {
            throw Refusal.AttachmentNotFound.AsException();
        }

        var (headers, left) = (http.Response.Headers, Math.Max(0, expires!.Value - clock.GetUtcNow().ToUnixTimeSeconds()));
        headers.ContentDisposition = FileDelivery.Disposition(attachment, which);
        headers.ContentSecurityPolicy = ContentPolicy;
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"private, max-age={left}, immutable");
        return TypedResults.Stream(file, FileDelivery.Type(attachment, which), enableRangeProcessing: true, entityTag: new($"\"{attachment.Id}{(thumbnail ? "-t" : "")}\""));
    }
}

/// <summary>The gateway's address as clients know it: the one that is set, else the one that a request was sent to.</summary>
internal sealed class GatewayAddress(IOptions<AttachmentOptions> options)
{
    public Uri Of(HttpRequest request) => options.Value.PublicUrl is { } set ? new(set) : new($"{request.Scheme}://{request.Host}");
}
