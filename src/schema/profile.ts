import { updateProfile } from '../resolvers/profile.ts'
import { builder } from './builder.ts'
import { needs } from './permission.ts'
import { userPayload } from './user.ts'

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'An absent field stays as it is; null clears it.',
  fields: (t) => ({
    name: t.string({ description: 'One line of 1 to 100 characters. Reviewers and admins see it.' }),
    imageUploadId: t.id({
      description: 'An upload of one’s own (requestUpload) whose bytes were sent. It is published as one’s picture.',
    }),
  }),
})

builder.mutationField('updateProfile', (t) =>
  t.field({
    type: userPayload('UpdateProfilePayload'),
    ...needs('settings:own'),
    description:
      'Sets one’s own name and picture. NOT_FOUND for an upload that is not one’s own, CONFLICT for one that was used, has expired or was not sent; BAD_USER_INPUT when it is not the picture that was announced.',
    args: { input: t.arg({ type: UpdateProfileInput, required: true }) },
    resolve: (_root, { input }, ctx) => updateProfile(ctx, input),
  }),
)
