using System.Security.Cryptography;
using Litre.Server.Errors;
using Litre.Server.Metrics;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>
/// The first middleware: gives each request its record and its time limit, writes its failure as an error of its protocol, and its line
/// in the log, which has nothing of its content.
/// </summary>
internal sealed class RequestPipeline(
    ServerSettings settings,
    FailureTranslation failures,
    ErrorWriter errors,
    AuditTrail audit,
    ServerMetrics metrics,
    ILogger<RequestPipeline> logger
) : IMiddleware
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var record = new RequestRecord("req_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)));
        context.Features.Set(record);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        time.CancelAfter(settings.Timeout);
        record.Cancel = time.Token;
        PrepareResponse(context.Response, record.Id);
        var status = StatusCodes.Status200OK;
        try
        {
            await next(context);
            status = context.Response.StatusCode;
            if (!context.Response.HasStarted && status >= StatusCodes.Status400BadRequest)
                await errors.WriteAsync(context, OfStatus(status, context.Request), record.Id);
        }
        catch (Exception failure)
        {
            status = await FailAsync(context, record, failures.Translate(failure, context));
        }
        metrics.AddResponse(status);
        Log(context, record, status);
    }

    private async Task<int> FailAsync(HttpContext context, RequestRecord record, ApiException error)
    {
        record.End ??= error.Status == ApiException.ClientClosedRequest ? "canceled" : "error";
        try
        {
            await audit.WriteAsync(record, context.Request.Path, error.Status);
        }
        catch (ApiException unwritten)
        {
            error = unwritten;
        }
        if (error.Status == ApiException.ClientClosedRequest || context.Response.HasStarted)
        {
            // Half an answer must not look complete.
            context.Abort();
            return error.Status;
        }
        context.Response.Clear();
        PrepareResponse(context.Response, record.Id);
        try
        {
            await errors.WriteAsync(context, error, record.Id);
        }
        catch (OperationCanceledException)
        {
            // The client left before it could be told.
        }
        return error.Status;
    }

    private static void PrepareResponse(HttpResponse response, string id)
    {
        response.Headers["x-request-id"] = id;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    // What routing refuses has no body.
    private static ApiException OfStatus(int status, HttpRequest request) =>
        status switch
        {
            StatusCodes.Status404NotFound => new ApiException(status, $"there is no {request.Path}; see /openapi.json", code: "not_found"),
            StatusCodes.Status405MethodNotAllowed => new ApiException(
                status,
                $"{request.Path} does not support {request.Method}; see /openapi.json",
                code: "method_not_allowed"
            ),
            _ => new ApiException(status, $"the request was refused with status {status}", code: "refused"),
        };

    private void Log(HttpContext context, RequestRecord record, int status) =>
        logger.LogInformation(
            "{Method} {Endpoint} {Status} in {Seconds} s: request {RequestId}, key {Key}, adapter {Adapter}, {PromptTokens} prompt tokens "
                + "({CachedTokens} cached), {NewTokens} new tokens, end {End}",
            context.Request.Method,
            // Not the path, which is what the client wrote.
            (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)
                ?.RoutePattern
                .RawText
                ?? "-",
            status,
            Math.Round(record.Seconds, 3),
            record.Id,
            record.Key?.Name,
            record.Adapter,
            record.Usage?.PromptTokens,
            record.Usage?.CachedTokens,
            record.Usage?.NewTokens,
            record.End
        );
}
