using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Caas.Gateway.Problems;

/// <summary>What a connection writes. Once a whole answer was put in the place of what follows, that alone is sent.</summary>
internal sealed class RefusalOutput(PipeWriter inner) : PipeWriter
{
    private byte[]? _instead;
    private bool _sent;

    /// <summary>Puts itself before the connection's output, and among its features.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => connection =>
    {
        var output = new RefusalOutput(connection.Transport.Output);
        connection.Transport = new Pipes(connection.Transport.Input, output);
        connection.Features.Set(output);
        return next(connection);
    };

    /// <param name="answer">A whole HTTP answer, the connection's last.</param>
    public void SendInstead(byte[] answer) => _instead ??= answer;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _instead is null ? inner.GetMemory(sizeHint) : new byte[Math.Max(sizeHint, 512)];

    public override Span<byte> GetSpan(int sizeHint = 0) => _instead is null ? inner.GetSpan(sizeHint) : new byte[Math.Max(sizeHint, 512)];

    public override void Advance(int bytes)
    {
        if (_instead is null)
        {
            inner.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_instead is not null && !_sent)
        {
            _sent = true;
            inner.Write(_instead);
        }

        return inner.FlushAsync(cancellationToken);
    }

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
