using Litre.Server.OpenAi;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Litre.Server.Operation;

/// <summary>The OpenAPI document, at /openapi.json.</summary>
internal static class ApiDocument
{
    private const string Scheme = "key";
    private static readonly int[] Failures = [400, 401, 403, 404, 413, 415, 429, 500, 503];

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Litre",
                    Version = StateEndpoints.Version,
                    Description =
                        "Answers of one vision-language model with many adapters. Images are part of the request; no URL is opened.",
                };
                document.Servers?.Clear();
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
                };
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(AddFailuresAsync);
    }

    private static async Task AddFailuresAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancel
    )
    {
        if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) != true)
            return;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
        var schema = await context.GetOrCreateSchemaAsync(typeof(OpenAiErrorBody), cancellationToken: cancel);
        operation.Responses ??= [];
        foreach (var status in Failures)
            operation.Responses.TryAdd(
                $"{status}",
                new OpenApiResponse
                {
                    Description = "An error",
                    Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = schema } },
                }
            );
    }
}
