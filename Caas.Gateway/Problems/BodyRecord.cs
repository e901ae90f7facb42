using System.Buffers;
using Caas.Gateway.Hosting;

namespace Caas.Gateway.Problems;

/// <summary>What was read of a request's body, for saying all that is wrong with it.</summary>
internal sealed class BodyRecord
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    public void Add(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}

/// <summary>Keeps a copy of a body while it is read: it is small (256 KiB at most, and mostly some hundred bytes), and cannot be read again when it turns out not to fit.</summary>
internal sealed class BodyRecordMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType() || context.Request.ContentLength == 0 || context.GetEndpoint()?.Metadata.GetMetadata<LongRequest>() is not null)
        {
            await next(context);
            return;
        }

        var (record, body) = (new BodyRecord(), context.Request.Body);
        context.Features.Set(record);
        context.Request.Body = new RecordingStream(body, record);
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Body = body;
        }
    }

    private sealed class RecordingStream(Stream inner, BodyRecord record) : Stream
    {
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
            var read = await inner.ReadAsync(buffer, cancellationToken);
            record.Add(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
