using System.Globalization;

namespace Litre.Server.Errors;

/// <summary>Writes errors in the form of the protocol that was asked.</summary>
/// <param name="shapes">The forms; that with the longest matching path is used.</param>
internal sealed class ErrorWriter(IEnumerable<ErrorShape> shapes)
{
    private readonly ErrorShape[] _shapes = [.. shapes.OrderByDescending(s => s.Prefix.Value?.Length ?? 0)];

    /// <summary>The JSON value of an error.</summary>
    public object Body(PathString path, ApiException error, string requestId) =>
        _shapes.First(s => path.StartsWithSegments(s.Prefix)).Body(error, requestId);

    /// <summary>Writes an error in place of an answer that has not begun.</summary>
    public Task WriteAsync(HttpContext context, ApiException error, string requestId)
    {
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } delay)
            context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (error.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsJsonAsync(Body(context.Request.Path, error, requestId), context.RequestAborted);
    }
}
