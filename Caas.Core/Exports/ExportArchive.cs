using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Core.Exports;

/// <summary>
/// A ZIP of files of JSON lines (one object a line, UTF-8), written while it is read: no more of it is kept than one stretch. The archive writes where nothing waits, since some of what it does
/// (ending a file) it cannot do without blocking, and each stretch then goes out asynchronously.
/// </summary>
internal sealed class ExportArchive : IAsyncDisposable
{
    private const int Stretch = 64 * 1024;
    private static readonly byte[] LineEnd = [(byte)'\n'];

    private readonly Stream _target;
    private readonly OnlyForward _ready = new();
    private readonly ZipArchive _zip;
    private readonly DateTimeOffset _at;

    public ExportArchive(Stream target, DateTimeOffset at) => (_target, _at, _zip) = (target, at, new(_ready, ZipArchiveMode.Create, leaveOpen: true));

    public Task WriteAsync<T>(string file, IEnumerable<T> lines, JsonTypeInfo<T> type, CancellationToken cancellationToken) => WriteAsync(file, lines.ToAsyncEnumerable(), type, cancellationToken);

    public async Task WriteAsync<T>(string file, IAsyncEnumerable<T> lines, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var entry = _zip.CreateEntry(file, CompressionLevel.Fastest);
        entry.LastWriteTime = _at;
        await using (var content = entry.Open())
        {
            await foreach (var line in lines.WithCancellation(cancellationToken))
            {
                JsonSerializer.Serialize(content, line, type);
                content.Write(LineEnd);
                if (_ready.Waiting >= Stretch)
                {
                    await _ready.SendAsync(_target, cancellationToken);
                }
            }
        }

        await _ready.SendAsync(_target, cancellationToken);
    }

    /// <summary>Writes the directory: without it the archive is none.</summary>
    public Task FinishAsync(CancellationToken cancellationToken)
    {
        _zip.Dispose();
        return _ready.SendAsync(_target, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _zip.Dispose();
        await _ready.DisposeAsync();
    }

    /// <summary>Keeps what is written until it is sent. It cannot go back, as the line to the client cannot.</summary>
    private sealed class OnlyForward : Stream
    {
        private readonly MemoryStream _waiting = new();

        public long Waiting => _waiting.Length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public async Task SendAsync(Stream target, CancellationToken cancellationToken)
        {
            _waiting.Position = 0;
            await _waiting.CopyToAsync(target, cancellationToken);
            _waiting.SetLength(0);
        }

        public override void Write(byte[] buffer, int offset, int count) => _waiting.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => _waiting.Write(buffer);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _waiting.Dispose();
            base.Dispose(disposing);
        }
    }
}
