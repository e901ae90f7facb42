using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Caas.ServiceDefaults;

/// <summary>
/// A body whose reads end with its request, and which leaves the server's reader in no read then. Kestrel's own stream leaves it in one when the read's token is cancelled or the
/// client resets the connection; when it then drains the rest, it takes that for a fault of the application ("Reading is already in progress").
/// </summary>
/// <param name="reader">The server's reader of the body.</param>
/// <param name="abort">Tells the server that the connection has ended: it learns so on a way of its own, which may be the longer one.</param>
/// <param name="client">Cancelled when the client has gone.</param>
/// <param name="ended">Cancelled when the request has to end: where the client is still there, its time has run out. JSON is read without any token.</param>
public sealed class RequestBodyStream(PipeReader reader, Action abort, CancellationToken client, CancellationToken ended) : Stream
{
    /// <summary>Gives a request such a body, where it has one.</summary>
    /// <param name="client">Cancelled when the client has gone.</param>
    /// <param name="ended">Cancelled when the request has to end.</param>
    /// <returns>The body that it had, to be given back at its end.</returns>
    public static Stream Replace(HttpContext context, CancellationToken client, CancellationToken ended)
    {
        var body = context.Request.Body;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            context.Request.Body = new RequestBodyStream(context.Request.BodyReader, context.Abort, client, ended);
        }

        return body;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await NextAsync(cancellationToken);
            if (result.IsCanceled)
            {
                reader.AdvanceTo(result.Buffer.Start);
                throw ended.IsCancellationRequested && !client.IsCancellationRequested ? new TimeoutException("The body did not come in time.") : new OperationCanceledException(cancellationToken);
            }

            var part = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            part.CopyTo(buffer.Span);
            var (read, last) = ((int)part.Length, result.IsCompleted);
            reader.AdvanceTo(part.End);
            if (read > 0 || last || buffer.IsEmpty)
            {
                return read;
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<ReadResult> NextAsync(CancellationToken cancellationToken)
    {
        using var cancel = cancellationToken.UnsafeRegister(static state => ((PipeReader)state!).CancelPendingRead(), reader);
        using var end = ended.UnsafeRegister(static state => ((PipeReader)state!).CancelPendingRead(), reader);
        try
        {
            return await reader.ReadAsync(CancellationToken.None);
        }
        catch (ConnectionResetException)
        {
            abort();
            throw;
        }
    }
}

/// <summary>For hosts whose requests have no deadline of their own.</summary>
public static class RequestBodies
{
    /// <summary>Every body from here on is a <see cref="RequestBodyStream"/>. Of a request without one, which may live as long as a connection, nothing is kept.</summary>
    public static IApplicationBuilder UseRequestBodies(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? ReplaceAsync(context, next) : next(context));

    private static async Task ReplaceAsync(HttpContext context, RequestDelegate next)
    {
        var body = RequestBodyStream.Replace(context, context.RequestAborted, context.RequestAborted);
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Body = body;
        }
    }
}
