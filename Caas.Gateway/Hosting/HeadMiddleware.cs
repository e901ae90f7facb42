namespace Caas.Gateway.Hosting;

/// <summary>HEAD is answered as GET is, without the body: the server, which knows what was really asked, leaves that out.</summary>
internal sealed class HeadMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }
}
